package erlang_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/router/queue/erlang"
)

func TestThePlannerGivesTheKnownFigures(t *testing.T) {
	l := erlang.Load{Calls: 360, Period: 30 * time.Minute, AHT: 240 * time.Second}
	if a := l.Erlangs(); a != 48 {
		t.Fatalf("%v erlangs, want 48", a)
	}
	s, err := erlang.With(l, 55, 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what            string
		got, want, near float64
	}{
		{"chance to wait", s.Waiting, 0.2387, 0.00005},
		{"ASA in s", s.ASA.Seconds(), 8.18, 0.005},
		{"service level", s.Level, 0.8459, 0.00005},
		{"occupancy", s.Occupancy, 0.873, 0.0005},
	} {
		if math.Abs(c.got-c.want) > c.near {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
}

func TestOneAgentTooFewIsNamed(t *testing.T) {
	l := erlang.Load{Calls: 360, Period: 30 * time.Minute, AHT: 240 * time.Second}
	if _, err := erlang.With(l, 48, time.Second); !errors.Is(err, erlang.ErrOverload) {
		t.Fatalf("48 agents for 48 erlangs: %v", err)
	}
}

func TestTheFewestAgentsReachTheLevelAndOneFewerDoesNot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := erlang.Load{
			Calls: rapid.IntRange(1, 2000).Draw(rt, "calls"), Period: 30 * time.Minute,
			AHT: time.Duration(rapid.IntRange(10, 900).Draw(rt, "aht")) * time.Second,
		}
		level := rapid.Float64Range(0.5, 0.99).Draw(rt, "level")
		target := time.Duration(rapid.IntRange(1, 120).Draw(rt, "target")) * time.Second
		s, err := erlang.For(l, level, target)
		if err != nil {
			rt.Fatal(err)
		}
		if s.Level < level {
			rt.Fatalf("%d agents reach %v of %v", s.Agents, s.Level, level)
		}
		if fewer, err := erlang.With(l, s.Agents-1, target); err == nil && fewer.Level >= level {
			rt.Fatalf("%d agents would do, %d were said", s.Agents-1, s.Agents)
		}
	})
}

func TestALoadOfNothingIsRefused(t *testing.T) {
	for _, l := range []erlang.Load{{}, {Calls: 1, AHT: time.Second}, {Calls: -1, AHT: time.Second, Period: time.Hour}} {
		if _, err := erlang.For(l, 0.8, time.Second); err == nil {
			t.Errorf("%+v was planned", l)
		}
	}
	if _, err := erlang.For(erlang.Load{Calls: 1, AHT: time.Second, Period: time.Hour}, 1, time.Second); err == nil {
		t.Error("a level of 1 was planned")
	}
}
