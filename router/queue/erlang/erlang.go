// Package erlang says how many agents a load of calls needs, by Erlang's formula for
// callers who wait (Erlang C).
//
// It assumes that calls come at random (Poisson), that talks vary as at random
// (exponential), that nobody gives up while waiting, and that every agent can take every
// call. Callers who give up make the true service level better than what is computed;
// skills that few agents have make it worse.
package erlang

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// A Load is what comes in.
type Load struct {
	Calls  int           // in Period
	Period time.Duration // such as 30 minutes
	AHT    time.Duration // mean of talk, hold and wrap-up
}

// Erlangs is the traffic: agents that would be busy all the time.
func (l Load) Erlangs() float64 {
	return float64(l.Calls) * l.AHT.Seconds() / l.Period.Seconds()
}

func (l Load) check() error {
	if l.Calls < 0 || l.Period <= 0 || l.AHT <= 0 {
		return errors.New("a load needs calls, a period and a handling time")
	}
	return nil
}

// A Staffing is what a number of agents makes of a load.
type Staffing struct {
	Agents    int
	Waiting   float64       // chance that a caller must wait, 0 to 1
	ASA       time.Duration // mean wait of all callers, also of those who do not wait
	Level     float64       // part of the callers answered within the target
	Occupancy float64       // part of their time that agents are busy
}

// ErrOverload says that more work comes in than the agents can do: the line grows
// without end.
var ErrOverload = errors.New("more work than the agents can do")

// With computes the service of a load by agents. ErrOverload: there are too few.
func With(l Load, agents int, target time.Duration) (Staffing, error) {
	if err := l.check(); err != nil {
		return Staffing{}, err
	}
	a := l.Erlangs()
	if float64(agents) <= a {
		return Staffing{}, fmt.Errorf("%d agents for %.1f erlangs: %w", agents, a, ErrOverload)
	}
	c, spare := C(a, agents), float64(agents)-a
	return Staffing{
		Agents: agents, Waiting: c, Occupancy: a / float64(agents),
		ASA:   time.Duration(c * float64(l.AHT) / spare),
		Level: 1 - c*math.Exp(-spare*target.Seconds()/l.AHT.Seconds()),
	}, nil
}

// mostAgents bounds the search of For.
const mostAgents = 100_000

// For finds the fewest agents who answer a part of the callers, from 0 to 1, within the
// target.
func For(l Load, level float64, target time.Duration) (Staffing, error) {
	if err := l.check(); err != nil {
		return Staffing{}, err
	}
	if level <= 0 || level >= 1 {
		return Staffing{}, errors.New("a service level is between 0 and 1")
	}
	for agents := int(l.Erlangs()) + 1; agents <= mostAgents; agents++ {
		s, err := With(l, agents, target)
		if err != nil {
			return Staffing{}, err
		}
		if s.Level >= level {
			return s, nil
		}
	}
	return Staffing{}, ErrOverload
}

// B is the chance that all of so many agents are busy if callers do not wait (Erlang B).
func B(erlangs float64, agents int) float64 {
	b := 1.0
	for n := 1; n <= agents; n++ {
		b = erlangs * b / (float64(n) + erlangs*b)
	}
	return b
}

// C is the chance that a caller must wait.
func C(erlangs float64, agents int) float64 {
	b, n := B(erlangs, agents), float64(agents)
	return n * b / (n - erlangs*(1-b))
}
