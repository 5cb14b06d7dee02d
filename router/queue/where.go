package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Here notes that an agent's phone has registered at this node and is reached at contact
// until then. Other nodes call it there, as Where tells them.
func (r *Redis) Here(ctx context.Context, agent, contact string, until time.Time) error {
	at := fmt.Sprintf("%s %d %s", r.cfg.Node, until.UnixMilli(), contact)
	if err := r.cfg.Client.HSet(ctx, r.phones, agent, at).Err(); err != nil {
		return fmt.Errorf("note the phone of agent %s: %w", agent, err)
	}
	return nil
}

// Gone notes that an agent's phone is no longer registered at this node. elsewhere says
// that it has registered at another since, which a node that has it says again now and
// then.
func (r *Redis) Gone(ctx context.Context, agent string) (elsewhere bool, err error) {
	node, _, ok, err := r.where(ctx, agent)
	if err == nil && ok && node != r.cfg.Node {
		return true, nil
	}
	if err == nil {
		err = r.cfg.Client.HDel(ctx, r.phones, agent).Err()
	}
	if err != nil {
		return false, fmt.Errorf("forget the phone of agent %s: %w", agent, err)
	}
	return false, nil
}

// Where gives the contact at which an agent's phone is reached, on whichever node it has
// registered; not ok if on none.
func (r *Redis) Where(ctx context.Context, agent string) (contact string, ok bool, err error) {
	_, contact, ok, err = r.where(ctx, agent)
	if err != nil {
		return "", false, fmt.Errorf("find the phone of agent %s: %w", agent, err)
	}
	return contact, ok, nil
}

func (r *Redis) where(ctx context.Context, agent string) (node, contact string, ok bool, err error) {
	text, err := r.cfg.Client.HGet(ctx, r.phones, agent).Result()
	if errors.Is(err, redis.Nil) {
		return "", "", false, nil
	}
	node, rest, _ := strings.Cut(text, " ")
	until, contact, _ := strings.Cut(rest, " ")
	ms, _ := strconv.ParseInt(until, 10, 64) // 0 is long over
	return node, contact, time.UnixMilli(ms).After(time.Now()), err
}
