-- Takes sessions out that PostgreSQL has ended.
-- KEYS 1 seats, 2 machines; ARGV 1 instance (not used); 2 '1' to drop the dead alone; then member and machine of each
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local dropped = 0
for i = 3, #ARGV, 2 do
    local member, machine = ARGV[i], ARGV[i + 1]
    local expiry = redis.call('ZSCORE', KEYS[1], member)
    if not (expiry and ARGV[2] == '1' and tonumber(expiry) > now) then
        dropped = dropped + redis.call('ZREM', KEYS[1], member)
        if redis.call('HGET', KEYS[2], machine) == member then
            redis.call('HDEL', KEYS[2], machine)
        end
    end
end
return dropped
