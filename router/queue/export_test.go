package queue

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// CallDoc and AgentDoc let tests compare what scripts keep with a model.
type (
	CallDoc  = callDoc
	AgentDoc = agentDoc
)

// Docs reads every document.
func (r *Redis) Docs(ctx context.Context) ([]CallDoc, []AgentDoc, error) { return r.docs(ctx) }

// Keys lists the keys of the pool in the order of scripts/keys.lua.
func (r *Redis) Keys() []string { return r.keys }

// Sources gives the text of every script.
func Sources() map[string]string {
	files, err := sources.ReadDir("scripts")
	if err != nil {
		panic(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		text, err := sources.ReadFile("scripts/" + f.Name())
		if err != nil {
			panic(err)
		}
		texts[f.Name()] = string(text)
	}
	return texts
}

// Fetch looks for offers once, as Run does all the time.
func (r *Redis) Fetch(ctx context.Context) error { return r.fetch(ctx) }

// Take gives an offer that was fetched, if there is one.
func (r *Redis) Take() (Offer, bool) {
	o, ok, _ := r.take()
	return o, ok
}

// Bare runs the shortest script there is: the yardstick of benchmarks.
func (r *Redis) Bare(ctx context.Context) error {
	return redis.NewScript("return 1").Run(ctx, r.cfg.Client, r.keys[:1]).Err()
}
