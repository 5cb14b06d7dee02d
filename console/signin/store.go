package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The hashes in Redis, by what their fields hold. One hash tag: one slot.
const (
	prefix   = "cw:{signin}:"
	accounts = "accounts" // name -> Account
	sessions = "sessions" // hash of the cookie -> session
	tokens   = "tokens"   // hash of the token -> token
	links    = "links"    // hash of the link -> link
	tries    = "tries"    // account or network -> try
	expiry   = prefix + "expiry"
)

var (
	errNone    = errors.New("there is none")
	errChanged = errors.New("it is being changed by others")
)

// store keeps JSON in Redis. It does not lean on Redis to expire anything: the
// embedded one does not, so who reads looks at the time.
type store struct {
	client redis.UniversalClient
	limits limits // of what anybody can have kept before they are signed in
}

// load reads a field; errNone if it is not there.
func load[T any](ctx context.Context, s store, kind, field string) (T, error) {
	var v T
	text, err := s.client.HGet(ctx, prefix+kind, field).Result()
	if errors.Is(err, redis.Nil) {
		return v, errNone
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w", kind, err)
	}
	return v, json.Unmarshal([]byte(text), &v)
}

func loadAll[T any](ctx context.Context, s store, kind string) (map[string]T, error) {
	texts, err := s.client.HGetAll(ctx, prefix+kind).Result()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	out := make(map[string]T, len(texts))
	for field, text := range texts {
		var v T
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, err)
		}
		out[field] = v
	}
	return out, nil
}

// save writes a field, to be forgotten after a time; zero: never.
func (s store) save(ctx context.Context, kind, field string, v any, until time.Time) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, prefix+kind, field, text)
		if !until.IsZero() {
			p.ZAdd(ctx, expiry, redis.Z{Score: float64(until.UnixMilli()), Member: kind + " " + field})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return nil
}

// drop forgets a field; it reports whether it was there, to one caller alone.
func (s store) drop(ctx context.Context, kind, field string) (bool, error) {
	n, err := s.client.HDel(ctx, prefix+kind, field).Result()
	if err != nil {
		return false, fmt.Errorf("forget %s: %w", kind, err)
	}
	return n > 0, nil
}

// sweep forgets what has expired, a handful at a time.
func (s store) sweep(ctx context.Context, now time.Time) error {
	old, err := s.client.ZRangeByScore(ctx, expiry, &redis.ZRangeBy{Min: "-inf", Max: fmt.Sprint(now.UnixMilli()), Count: 100}).Result()
	if err != nil || len(old) == 0 {
		return err
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, member := range old {
			kind, field, _ := strings.Cut(member, " ")
			p.HDel(ctx, prefix+kind, field)
			p.ZRem(ctx, expiry, member)
		}
		return nil
	})
	return err
}

// compareAndSet writes a field if it still holds what was read; "" stands for none.
func compareAndSet() *redis.Script {
	return redis.NewScript(`
-- KEYS: the hash. ARGV: field, what it must hold, what it shall hold. "" is none.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`)
}

// change has f change a field, and nobody else meanwhile. f may run several times; it
// is given nil where there is none. What it gives is written, nil: nothing is left.
func change[T any](ctx context.Context, s store, kind, field string, f func(*T) (*T, error)) error {
	for range 8 {
		was, err := s.client.HGet(ctx, prefix+kind, field).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("read %s: %w", kind, err)
		}
		shall, err := changed(was, f)
		if err != nil {
			return err
		}
		done, err := compareAndSet().Run(ctx, s.client, []string{prefix + kind}, field, was, shall).Int()
		if err != nil {
			return fmt.Errorf("write %s: %w", kind, err)
		}
		if done == 1 {
			return nil
		}
	}
	return fmt.Errorf("write %s: %w", kind, errChanged)
}

func changed[T any](was string, f func(*T) (*T, error)) (string, error) {
	var v *T
	if was != "" {
		v = new(T)
		if err := json.Unmarshal([]byte(was), v); err != nil {
			return "", err
		}
	}
	v, err := f(v)
	if err != nil || v == nil {
		return "", err
	}
	text, err := json.Marshal(v)
	return string(text), err
}

// hashOf is what is kept of a secret that is random, and so needs no slow hash.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// forgetAt has sweep forget a field from a time on.
func (s store) forgetAt(ctx context.Context, kind, field string, at time.Time) error {
	return s.client.ZAdd(ctx, expiry, redis.Z{Score: float64(at.UnixMilli()), Member: kind + " " + field}).Err()
}
