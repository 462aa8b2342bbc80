-- Whether a request of a signed-in user may go on. Stands at the top of every script that a request runs.
-- KEYS[1] revoked:<token id>
-- KEYS[2] requests:<user id>: requests in the running minute
-- ARGV[1] instance, ARGV[2] requests allowed, ARGV[3] window in ms
-- revocations:<instance> is set once this instance holds every revoked token.
local function admit()
    local marks = redis.call('MGET', 'revocations:' .. ARGV[1], KEYS[1])
    if not marks[1] then
        return {'RESTORE'}
    end
    if marks[2] then
        return {'REVOKED'}
    end
    local requests = redis.call('INCR', KEYS[2])
    if requests == 1 then
        redis.call('PEXPIRE', KEYS[2], ARGV[3])
    end
    if requests > tonumber(ARGV[2]) then
        return {'LIMITED', redis.call('PTTL', KEYS[2])}
    end
end
