package app

import (
	"context"

	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/router/queue"
)

// load are the metrics of what the queue costs. With the talks that ended they give the
// scripts and the commands of a call.
func (t *tallier) load() []telemetry.Reading {
	stat := func(name, help string, of func(queue.Stats) int64) telemetry.Reading {
		return telemetry.Reading{Name: "callward_queue_" + name + "_total", Help: help, Labels: []string{"tenant"}, Counter: true, Read: func() []telemetry.Sample {
			var out []telemetry.Sample
			all := t.pools()
			for _, tenant := range names(all) {
				out = append(out, telemetry.Sample{Value: float64(of(all[tenant].Stats())), Labels: []string{tenant}})
			}
			return out
		}}
	}
	return []telemetry.Reading{
		stat("scripts", "Scripts that this node sent to Redis.", func(s queue.Stats) int64 { return s.Scripts }),
		stat("script_failures", "Scripts of this node that failed.", func(s queue.Stats) int64 { return s.Failures }),
		stat("rejoins", "Times this node was declared dead, or Redis forgot it.", func(s queue.Stats) int64 { return s.Rejoins }),
		{Name: "callward_queue_redis_commands_total", Help: "Commands that Redis has done for everybody, those within scripts included.", Counter: true, Read: t.commands},
	}
}

// commands asks one pool: all are in the same Redis.
func (t *tallier) commands() []telemetry.Sample {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime) // a scrape carries none
	defer cancel()
	for _, p := range t.pools() {
		n, err := p.Commands(ctx)
		if err != nil || n == 0 {
			return nil
		}
		return []telemetry.Sample{{Value: float64(n)}}
	}
	return nil
}
