-- Extends a living seat; never brings a dead one back.
-- KEYS 1-2 as in admit; then the seats of each license of the tenant
-- ARGV 1-3 as in admit; 4 TTL in ms; 5 member; then each license's end in ms (0: none)
local marker = 'built:' .. ARGV[1]
local member = ARGV[5]
local epochs = {}
local held, at
for i = 3, #KEYS do
    local found = redis.call('ZMSCORE', KEYS[i], marker, member)
    if not found[1] then
        return {'REBUILD', i - 3}
    end
    if found[2] then
        held, at = tonumber(found[2]), i
        break
    end
    table.insert(epochs, tonumber(found[1]))
end
-- After the markers: a request that must ask again is counted once.
local refused = admit()
if refused then
    return refused
end
if not held then
    return {'ABSENT', epochs}
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if held <= now then
    return {'EXPIRED'}
end
local expiry, ends = now + tonumber(ARGV[4]), tonumber(ARGV[3 + at])
if ends > 0 and ends < expiry then
    expiry = ends
end
redis.call('ZADD', KEYS[at], expiry, member)
return {'BEATEN', expiry - now}
