package queue

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

const (
	defaultRing   = 20 * time.Second
	defaultWrapUp = 5 * time.Second
	defaultRest   = 15 * time.Second
	defaultMisses = 2
	defaultPause  = 5 * time.Minute
	defaultLease  = 3 * time.Second
	defaultTick   = 250 * time.Millisecond
	defaultEvents = 100_000

	maxTick = 500 * time.Millisecond // half of what scripts/pool.lua takes for an outage
)

// complete fills in defaults and checks what is left.
func (c *Config) complete() error {
	c.Tenant = cmp.Or(c.Tenant, "default")
	c.Pool = cmp.Or(c.Pool, "main")
	c.Node = cmp.Or(c.Node, madeUpNode())
	c.Ring = cmp.Or(c.Ring, defaultRing)
	c.WrapUp = cmp.Or(c.WrapUp, defaultWrapUp)
	c.Rest = cmp.Or(c.Rest, defaultRest)
	c.Misses = cmp.Or(c.Misses, defaultMisses)
	c.MissedPause = cmp.Or(c.MissedPause, defaultPause)
	c.Zone = cmp.Or(c.Zone, time.UTC)
	c.Lease = cmp.Or(c.Lease, defaultLease)
	c.Tick = cmp.Or(c.Tick, defaultTick)
	c.Events = cmp.Or(c.Events, defaultEvents)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c.check()
}

func (c *Config) check() error {
	if c.Client == nil {
		return errors.New("queue needs a Redis client")
	}
	for what, d := range map[string]time.Duration{"ring": c.Ring, "lease": c.Lease, "tick": c.Tick} {
		if d < time.Millisecond {
			return fmt.Errorf("%s time %s: need at least 1ms", what, d)
		}
	}
	if c.Tick > maxTick {
		return fmt.Errorf("tick time %s: need at most %s, or a Redis that was away is not noticed", c.Tick, maxTick)
	}
	return errors.Join(checkName("tenant", c.Tenant), checkName("pool", c.Pool), checkName("node", c.Node))
}

// madeUpNode gives a name that no other process has, this host's later ones
// included: what a dead process left must not pass for ours.
func madeUpNode() string {
	host, _ := os.Hostname()
	if checkName("host", host) != nil || len(host) > 40 {
		host = "node"
	}
	return host + "-" + rand.Text()[:8]
}
