-- Puts a license's open sessions in place of whatever stands there, each alive for a whole TTL from now on.
-- KEYS 1 seats, 2 machines; ARGV 1 instance; 2 epoch; 3 TTL in ms; 4 the license's end in ms (0: none);
-- then member and machine of each
local marker = 'built:' .. ARGV[1]
local standing = redis.call('ZSCORE', KEYS[1], marker)
if standing and tonumber(standing) >= tonumber(ARGV[2]) then
    return 0  -- a later rebuild was faster
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local expiry, ends = now + tonumber(ARGV[3]), tonumber(ARGV[4])
if ends > 0 and ends < expiry then
    expiry = ends
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZADD', KEYS[1], ARGV[2], marker)
for i = 5, #ARGV, 2 do
    redis.call('ZADD', KEYS[1], expiry, ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i])
end
return 1
