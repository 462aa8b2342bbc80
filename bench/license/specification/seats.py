"""The specification's three Lua scripts over a counter of seats."""

import redis

from bench.license.specification.settings import PARTS

TTL_S = 360
REDIS = redis.Redis.from_url(PARTS.redis_url, password=PARTS.redis_password)

# KEYS: seats:{tenant}, session:{session}. ARGV: seats bought, session as JSON, TTL in seconds.
acquire_seat = REDIS.register_script("""
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local total = tonumber(ARGV[1])
if used >= total then return redis.error_reply('NO_SEATS_AVAILABLE') end
redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2])
redis.call('EXPIRE', KEYS[2], tonumber(ARGV[3]))
return {used + 1, total}
""")

# KEYS: session:{session}. ARGV: TTL in seconds.
extend_session = REDIS.register_script("""
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('SESSION_NOT_FOUND') end
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[1]))
return redis.status_reply('OK')
""")
