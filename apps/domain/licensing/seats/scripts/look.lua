-- Reads seats without changing them.
-- KEYS the seats of each license; ARGV 1 instance; 2 what: 'count' for the number of the living, 'living' for their
-- members and expiries, 'dead' for the epoch and then those of at most ARGV[3] dead, 'all' for every member
-- Gives for each license 'REBUILD' or what was asked for.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local marker = 'built:' .. ARGV[1]
local FIRST_INSTANT = 1000000000000
local seen = {}
for i, seats in ipairs(KEYS) do
    local epoch = redis.call('ZSCORE', seats, marker)
    if not epoch then
        seen[i] = 'REBUILD'
    elseif ARGV[2] == 'count' then
        seen[i] = redis.call('ZCOUNT', seats, '(' .. now, '+inf')
    elseif ARGV[2] == 'living' then
        seen[i] = redis.call('ZRANGEBYSCORE', seats, '(' .. now, '+inf', 'WITHSCORES')
    elseif ARGV[2] == 'dead' then
        seen[i] = redis.call('ZRANGEBYSCORE', seats, FIRST_INSTANT, now, 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]))
        table.insert(seen[i], 1, epoch)
    else
        seen[i] = redis.call('ZRANGEBYSCORE', seats, FIRST_INSTANT, '+inf')
    end
end
return seen
