-- Counts tries in a window. KEYS each counter; ARGV 1 instance (not used), 2 window in ms; then each counter's limit.
-- Gives 0, or the ms until the fullest counter's window ends.
local wait = 0
for i, key in ipairs(KEYS) do
    local tries = redis.call('INCR', key)
    if tries == 1 then
        redis.call('PEXPIRE', key, ARGV[2])
    end
    if tries > tonumber(ARGV[2 + i]) then
        wait = math.max(wait, redis.call('PTTL', key))
    end
end
return wait
