-- Decides a seat. The data's shape stands in seats/__init__.py.
-- KEYS 1-2 as in admit; then seats and machines of each license that may give a seat, the one to try first first
-- ARGV 1-3 as in admit; 4 TTL in ms; 5 session and 6 first bytes of the user, of a new seat; 7 the machine's digest;
--      then for each license the seats bought, and its end in ms (0: none)
local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now = math.floor(now_us / 1000)
local marker = 'built:' .. ARGV[1]
local ttl, session, user, machine = tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local licenses = (#KEYS - 2) / 2
local LIVING = '(' .. now
-- Scores below are epochs of markers, not instants.
local FIRST_INSTANT = 1000000000000

local epochs = {}
for i = 1, licenses do
    epochs[i] = redis.call('ZSCORE', KEYS[1 + 2 * i], marker)
    if not epochs[i] then
        return {'REBUILD', i - 1}
    end
end
-- After the markers: a request that must ask again is counted once.
local refused = admit()
if refused then
    return refused
end

local function grant(i, member, previous, is_new)
    local seats, total, ends = KEYS[1 + 2 * i], tonumber(ARGV[6 + 2 * i]), tonumber(ARGV[7 + 2 * i])
    local expiry = now + ttl
    if ends > 0 and ends < expiry then
        expiry = ends
    end
    redis.call('ZADD', seats, expiry, member)
    redis.call('HSET', KEYS[2 + 2 * i], machine, member)
    -- Rows that PostgreSQL may still hold open: as many of the dead as do not fit beside the living must end with this.
    local excess = redis.call('ZCARD', seats) - 1 - total
    local dead = {}
    if excess > 0 then
        dead = redis.call('ZRANGEBYSCORE', seats, FIRST_INSTANT, now, 'WITHSCORES', 'LIMIT', 0, excess)
    end
    if previous then
        table.insert(dead, previous)
        table.insert(dead, redis.call('ZSCORE', seats, previous))
    end
    return {'GRANTED', i - 1, member, is_new and 1 or 0, expiry, now_us, redis.call('ZCOUNT', seats, LIVING, '+inf'),
            tonumber(epochs[i]), dead}
end

local previous = {}
for i = 1, licenses do
    local member = redis.call('HGET', KEYS[2 + 2 * i], machine)
    local expiry = member and redis.call('ZSCORE', KEYS[1 + 2 * i], member)
    if expiry then
        if tonumber(expiry) <= now then
            previous[i] = member
        elseif string.sub(member, 17) == user then
            return grant(i, member, nil, false)
        else
            return {'OCCUPIED', math.ceil((tonumber(expiry) - now) / 1000)}
        end
    end
end

local used, total, next_ms = 0, 0, nil
for i = 1, licenses do
    local seats, bought, ends = KEYS[1 + 2 * i], tonumber(ARGV[6 + 2 * i]), tonumber(ARGV[7 + 2 * i])
    if ends == 0 or ends > now then
        local living = redis.call('ZCOUNT', seats, LIVING, '+inf')
        if living < bought then
            return grant(i, session .. user, previous[i], true)
        end
        used, total = used + living, total + bought
        local first = redis.call('ZRANGEBYSCORE', seats, LIVING, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
        if first[2] and (not next_ms or tonumber(first[2]) < next_ms) then
            next_ms = tonumber(first[2])
        end
    end
end
return {'FULL', used, total, next_ms and math.max(1, math.ceil((next_ms - now) / 1000)) or ttl / 1000}
