package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Anybody can begin to sign in, and what was begun must be kept until it is finished. So
// there are so many places of a kind in all, and so many of one network; who takes one more
// loses the oldest of their own network, and if it has none, the oldest of all makes room.
type limits struct{ all, ofNetwork int }

func usualLimits() limits { return limits{all: 10_000, ofNetwork: 200} }

// placeScript keeps an entry. Members of both orders are NETWORK:END:FIELD, with END in
// milliseconds, of 15 digits, so that those of one network stand by age.
func placeScript() *redis.Script {
	return redis.NewScript(`
-- KEYS: entries; members by network (score 0); members by end. ARGV: field, value, network, member, end, now, most of a network, most.
local function forget(m)
  redis.call('ZREM', KEYS[2], m)
  redis.call('ZREM', KEYS[3], m)
  redis.call('HDEL', KEYS[1], string.match(m, '[^:]+$'))
end
for _, m in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[6])) do forget(m) end
local own = {}
for _, m in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], '[' .. ARGV[3] .. ':', '(' .. ARGV[3] .. ';')) do
  if redis.call('HEXISTS', KEYS[1], string.match(m, '[^:]+$')) == 1 then table.insert(own, m) else forget(m) end
end
local full = redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8])
if own[1] and (full or #own >= tonumber(ARGV[7])) then
  forget(own[1])
else
  while redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8]) do
    local oldest = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
    if not oldest then return 0 end
    forget(oldest)
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
return 1`)
}

// place keeps an entry of a kind until a time, for somebody at an address. Who
// reads it must look at the time.
func (s store) place(ctx context.Context, kind, field string, v any, until, now time.Time, address string) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	network := hashOf(networkOf(address))
	member := fmt.Sprintf("%s:%015d:%s", network, until.UnixMilli(), field)
	keys := []string{prefix + kind, prefix + kind + ":networks", prefix + kind + ":ends"}
	done, err := placeScript().Run(ctx, s.client, keys, field, text, network, member, until.UnixMilli(), now.UnixMilli(), s.limits.ofNetwork, s.limits.all).Int()
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	if done == 0 {
		return Wait{time.Minute}
	}
	return nil
}
