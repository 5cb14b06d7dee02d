package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// A DeadLetter is a message that its receiver did not take, however often it was sent.
type DeadLetter struct {
	Output  string    `json:"output"`  // who was to have it
	Message string    `json:"message"` // its id, the same at each try
	Body    string    `json:"body"`
	Why     string    `json:"why"`
	At      time.Time `json:"at"` // of the last try
}

// deadKept bounds the letters of a pool.
const deadKept = 1000

// Bury keeps a message that could not be delivered; the newest thousand stay.
func (r *Redis) Bury(ctx context.Context, d DeadLetter) error {
	err := r.cfg.Client.XAdd(ctx, &redis.XAddArgs{Stream: r.deadKey(), MaxLen: deadKept, Approx: true, Values: []any{
		"at", r.now().UnixMilli(), "output", d.Output, "message", d.Message, "body", d.Body, "why", d.Why,
	}}).Err()
	if err != nil {
		return fmt.Errorf("keep an undelivered message: %w", err)
	}
	return nil
}

// DeadLetters gives up to limit of them, newest first, and how many are kept.
func (r *Redis) DeadLetters(ctx context.Context, limit int64) (letters []DeadLetter, kept int64, err error) {
	entries, err := r.cfg.Client.XRevRangeN(ctx, r.deadKey(), "+", "-", limit).Result()
	if err == nil {
		kept, err = r.cfg.Client.XLen(ctx, r.deadKey()).Result()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read undelivered messages: %w", err)
	}
	for _, e := range entries {
		ev := eventOf(e)
		letters = append(letters, DeadLetter{
			Output: ev.Fields["output"], Message: ev.Fields["message"], Body: ev.Fields["body"], Why: ev.Fields["why"], At: ev.At,
		})
	}
	return letters, kept, nil
}

func (r *Redis) deadKey() string { return r.key("dead") }
