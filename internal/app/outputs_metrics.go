package app

import (
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/internal/telemetry"
)

// contained counts the calls that a bot answered, and those of them that it served alone.
type contained struct{ bot, alone int64 }

// count counts a call that has ended.
func (o *outputs) count(r call.Record) {
	record := cdr.Of(r, cdr.Numbers{})
	if record.Kind != cdr.Line || record.Answered.IsZero() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.bot[r.Tenant]
	c.bot++
	if record.Contained {
		c.alone++
	}
	o.bot[r.Tenant] = c
}

// readings are the metrics of outputs, and of containment.
func (o *outputs) readings() []telemetry.Reading {
	labels := []string{"tenant", "output"}
	each := func(name, help string, counter bool, of func(*outputState) float64) telemetry.Reading {
		return telemetry.Reading{Name: "callward_output_" + name, Help: help, Labels: labels, Counter: counter, Read: func() []telemetry.Sample {
			var out []telemetry.Sample
			for _, s := range o.all() {
				out = append(out, telemetry.Sample{Value: of(s), Labels: []string{s.tenant, s.name}})
			}
			return out
		}}
	}
	return []telemetry.Reading{
		each("events_total", "Events that an output of this node has taken.", true, func(s *outputState) float64 { return float64(s.events.Load()) }),
		each("failures_total", "Times that an output could not be written.", true, func(s *outputState) float64 { return float64(s.failures.Load()) }),
		each("undelivered_total", "Messages given up after the last try.", true, func(s *outputState) float64 { return float64(s.undelivered.Load()) }),
		each("behind_seconds", "How long ago the last event was that an output of this node has dealt with, if there are later ones.", false, (*outputState).late),
		{Name: "callward_output_lost_total", Help: "Beginnings and ends of calls that could not be told, as Redis was away for too long.", Counter: true, Read: telemetry.One(func() float64 { return float64(o.lost.Load()) })},
		o.botReading("calls_total", "Calls that the bot answered and that have ended.", true, func(c contained) float64 { return float64(c.bot) }),
		o.botReading("contained_total", "Of them, those that came to no queue and no human.", true, func(c contained) float64 { return float64(c.alone) }),
		o.botReading("containment", "The share of contained calls since the start of this process.", false, func(c contained) float64 { return float64(c.alone) / float64(c.bot) }),
	}
}

func (o *outputs) botReading(name, help string, counter bool, of func(contained) float64) telemetry.Reading {
	return telemetry.Reading{Name: "callward_bot_" + name, Help: help, Labels: []string{"tenant"}, Counter: counter, Read: func() []telemetry.Sample {
		o.mu.Lock()
		defer o.mu.Unlock()
		var out []telemetry.Sample
		for _, tenant := range names(o.bot) {
			out = append(out, telemetry.Sample{Value: of(o.bot[tenant]), Labels: []string{tenant}})
		}
		return out
	}}
}

// late is how far an output is behind.
func (s *outputState) late() float64 {
	if !s.behind.Load() {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(s.done.Load())).Seconds())
}
