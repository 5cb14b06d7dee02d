package app

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/router/queue"
)

// A tallier reads the figures of all queues once for a scrape, not once for each metric.
type tallier struct {
	pools func() map[string]*pool

	mu   sync.Mutex
	at   time.Time
	last []counted
}

// counted is one queue of a tenant.
type counted struct {
	labels  []string // tenant, queue
	figures queue.Figures
	status  queue.Status
}

// tallyAge is how old figures may be: all metrics of a scrape show the same ones.
const tallyAge = time.Second

func (t *tallier) read() []counted {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.at) < tallyAge {
		return t.last
	}
	t.last, t.at = t.fetch(), time.Now()
	return t.last
}

func (t *tallier) fetch() []counted {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime) // a scrape carries none
	defer cancel()
	var out []counted
	all := t.pools()
	for _, tenant := range names(all) {
		snap, err := all[tenant].Snapshot(ctx)
		if err != nil {
			continue // no figure is better than a wrong one
		}
		figures, err := all[tenant].Figures(ctx)
		if err != nil {
			continue
		}
		for _, st := range snap.Queues {
			if !call.IsDirect(st.Name) {
				out = append(out, counted{[]string{tenant, st.Name}, figures[st.Name], st})
			}
		}
	}
	return out
}

// readings are the metrics of docs/queues.md. Counts begin anew at the tenant's midnight.
func (t *tallier) readings() []telemetry.Reading {
	count := func(name, help string, of func(queue.Figures) int64) telemetry.Reading {
		return t.reading("callward_queue_"+name+"_total", help+" today.", true, func(c counted) (float64, bool) { return float64(of(c.figures)), true })
	}
	share := func(name, help string, of func(queue.Figures) queue.Share) telemetry.Reading {
		return t.reading("callward_queue_"+name, help, false, func(c counted) (float64, bool) { return of(c.figures).Value() })
	}
	gauge := func(name, help string, of func(counted) float64) telemetry.Reading {
		return t.reading("callward_queue_"+name, help, false, func(c counted) (float64, bool) { return of(c), true })
	}
	return []telemetry.Reading{
		gauge("waiting", "Callers whom no agent has accepted.", func(c counted) float64 { return float64(c.status.Waiting) }),
		gauge("talking", "Callers with an agent.", func(c counted) float64 { return float64(c.status.Talking) }),
		gauge("longest_wait_seconds", "Since the oldest caller who waits entered.", func(c counted) float64 { return c.status.LongestWait.Seconds() }),
		count("queued", "Entries into the queue", func(f queue.Figures) int64 { return f.Queued }),
		count("carried", "Callers waiting at midnight", func(f queue.Figures) int64 { return f.Carried }),
		count("answered", "Callers accepted by an agent", func(f queue.Figures) int64 { return f.Answered }),
		count("unbridged", "Callers accepted and never joined, who waited again", func(f queue.Figures) int64 { return f.Unbridged }),
		count("abandoned", "Callers who gave up", func(f queue.Figures) int64 { return f.Abandoned }),
		count("short_abandoned", "Callers who left at once", func(f queue.Figures) int64 { return f.Short }),
		count("left", "Callers taken back by the bot, or ended by us,", func(f queue.Figures) int64 { return f.Left }),
		count("lost", "Callers whose server died", func(f queue.Figures) int64 { return f.Lost }),
		count("moved", "Callers who overflowed to another queue", func(f queue.Figures) int64 { return f.Moved }),
		count("expired", "Callers who waited as long as they may", func(f queue.Figures) int64 { return f.Expired }),
		gauge("callbacks", "Callers who have hung up and keep their place.", func(c counted) float64 { return float64(c.status.Callbacks) }),
		count("moved_to_callback", "Callers who hung up to be called back", func(f queue.Figures) int64 { return f.Callbacks }),
		count("called_back", "Callbacks that were answered", func(f queue.Figures) int64 { return f.CalledBack }),
		count("uncalled", "Callbacks given up", func(f queue.Figures) int64 { return f.Uncalled }),
		count("refused_full", "Callers not taken because the queue was full", func(f queue.Figures) int64 { return f.Full }),
		count("refused_empty", "Callers not taken because nobody was at work", func(f queue.Figures) int64 { return f.Empty }),
		count("rona", "Offers that agents let ring out", func(f queue.Figures) int64 { return f.Missed }),
		count("handled", "Talks that have ended", func(f queue.Figures) int64 { return f.Handled }),
		share("sl_answered", "Answered in time, of those answered.", func(f queue.Figures) queue.Share { return f.AnsweredLevel() }),
		share("sl_inclusive", "Answered or gone in time, of those answered or gone.", func(f queue.Figures) queue.Share { return f.InclusiveLevel() }),
		share("sl_offered", "Answered in time, of those who entered and did not leave at once.", func(f queue.Figures) queue.Share { return f.OfferedLevel() }),
		share("abandon_rate", "Callers who gave up, of those who entered.", func(f queue.Figures) queue.Share { return f.AbandonRate() }),
		share("occupancy", "Time of the agents in talks and wrap-up, of that and being available.", func(f queue.Figures) queue.Share { return f.Occupied }),
		gauge("asa_seconds", "Mean wait of those answered today.", func(c counted) float64 { return c.figures.ASA().Seconds() }),
		gauge("aht_seconds", "Mean talk and wrap-up today.", func(c counted) float64 { return c.figures.AHT().Seconds() }),
		{Name: "callward_queue_answered_within_total", Help: "Callers answered within so many seconds today.", Labels: []string{"tenant", "queue", "seconds"}, Counter: true, Read: t.within},
		{Name: "callward_queue_agents", Help: "Agents who serve the queue, by state.", Labels: []string{"tenant", "queue", "state"}, Read: t.agents},
	}
}

func (t *tallier) reading(name, help string, counter bool, of func(counted) (float64, bool)) telemetry.Reading {
	return telemetry.Reading{Name: name, Help: help, Labels: []string{"tenant", "queue"}, Counter: counter, Read: func() []telemetry.Sample {
		var out []telemetry.Sample
		for _, c := range t.read() {
			if v, ok := of(c); ok {
				out = append(out, telemetry.Sample{Value: v, Labels: c.labels})
			}
		}
		return out
	}}
}

func (t *tallier) within() []telemetry.Sample {
	var out []telemetry.Sample
	for _, c := range t.read() {
		within, _ := c.figures.Waits()
		for s, n := range within {
			out = append(out, telemetry.Sample{Value: float64(n), Labels: append(c.labels[:2:2], strconv.FormatFloat(s, 'f', -1, 64))})
		}
	}
	return out
}

func (t *tallier) agents() []telemetry.Sample {
	var out []telemetry.Sample
	for _, c := range t.read() {
		for state, n := range c.status.Agents {
			out = append(out, telemetry.Sample{Value: float64(n), Labels: append(c.labels[:2:2], string(state))})
		}
	}
	return out
}
