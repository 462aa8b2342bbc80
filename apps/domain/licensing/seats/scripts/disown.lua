-- Lets nobody decide by a set that an earlier rebuild left: the next who asks builds it anew.
-- KEYS 1 seats; ARGV 1 instance; 2 epoch that PostgreSQL has left behind
local marker = 'built:' .. ARGV[1]
local standing = redis.call('ZSCORE', KEYS[1], marker)
if standing and tonumber(standing) <= tonumber(ARGV[2]) then
    return redis.call('ZREM', KEYS[1], marker)
end
return 0
