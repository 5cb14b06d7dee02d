package queue_test

import (
	"errors"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/router/queue"
)

// A modelBack is what makes a call of the model a callback.
type modelBack struct {
	number  string
	ends    int64
	rings   int
	rung    int64
	dialled int64 // the offer
	met     bool  // by whoever talks
	seen    bool  // ever
}

const (
	backDelay = 15_000
	backKeep  = 600_000
	backTries = 2
	backRang  = 90_000
)

func (m *model) callBack(c *modelCall, number string) error {
	switch {
	case c == nil || c.state != "waiting" && c.back == nil:
		return queue.ErrNotWaiting
	case c.back != nil:
		return nil
	}
	for _, o := range m.calls {
		if o.back != nil && !o.back.met && o.back.number == number && o.queue == c.queue {
			m.end(c, "callback_again")
			return queue.ErrCalledBack
		}
	}
	m.count(c.queue, "callbacks")
	c.back = &modelBack{number: number, ends: m.now + backKeep}
	m.rest(c, m.now+backDelay)
	return nil
}

func (m *model) rest(c *modelCall, at int64) {
	c.state, c.agents, c.number, c.due = "callback", nil, 0, at
}

// astray ends the offer of a callback for no fault of the agent's.
func (m *model) astray(c *modelCall, at int64) {
	for _, id := range c.agents {
		a, since := m.agents[id], m.now
		if c.open() {
			since = a.idle
		}
		m.settle(a, queue.Available, "", since, 0)
	}
	m.rest(c, at)
	if c.back.rings >= backTries {
		m.end(c, "callback_missed")
	}
}

func (m *model) wake(c *modelCall) {
	if c.back.ends <= m.now {
		m.end(c, "callback_late")
		return
	}
	m.queued(c)
}

// backTimer is when something happens to a callback that nobody is reserved for.
func (c *modelCall) backTimer() (at int64, ok bool) {
	switch {
	case c.back == nil:
		return 0, false
	case c.state == "callback":
		return min(c.due, c.back.ends), true
	}
	return c.back.ends, c.state == "waiting"
}

func (tr *trial) callBack(*rapid.T) {
	call := tr.call()
	b := queue.Callback{
		Number: rapid.SampledFrom([]string{"+331", "+332", "+333"}).Draw(tr.T, "number"),
		After:  backDelay * time.Millisecond, Keep: backKeep * time.Millisecond, Tries: backTries,
	}
	tr.sync()
	var got error
	tr.again(func() error {
		got = tr.at(call).CallBack(tr.ctx, call, b)
		if errors.Is(got, queue.ErrNotWaiting) || errors.Is(got, queue.ErrCalledBack) {
			return nil
		}
		return got
	})
	want := tr.m.callBack(tr.m.calls[call], b.Number)
	if twin := tr.m.calls[call] == nil && errors.Is(got, queue.ErrCalledBack); !errors.Is(got, want) && !twin { // told again of one that left so
		tr.Fatalf("call back %s: %v, want %v", call, got, want)
	}
}

func (tr *trial) dialBack(*rapid.T) {
	o := tr.offer()
	tr.sync()
	var ok bool
	tr.again(func() (err error) {
		ok, err = tr.at(o.Call).Dial(tr.ctx, o)
		return err
	})
	c := tr.current(o)
	if want := c != nil && c.back != nil && c.state == "talking"; ok != want {
		tr.Fatalf("dial for offer %d: %t", o.Number, ok)
	}
	if ok && c.back.dialled != o.Number {
		c.back.dialled, c.back.rung = o.Number, tr.m.now
		c.back.rings++
	}
}

func (tr *trial) reachBack(*rapid.T) {
	o := tr.offer()
	tr.sync()
	var ok bool
	tr.again(func() (err error) {
		ok, err = tr.at(o.Call).Reached(tr.ctx, o)
		return err
	})
	c := tr.current(o)
	if want := c != nil && c.back != nil && c.state == "talking"; ok != want {
		tr.Fatalf("reached for offer %d: %t", o.Number, ok)
	}
	if ok && !c.back.seen {
		tr.m.count(c.queue, "called_back")
	}
	if ok {
		c.back.met, c.back.seen = true, true
	}
}

func (tr *trial) postponeBack(*rapid.T) {
	o := tr.offer()
	after := rapid.Int64Range(0, ring).Draw(tr.T, "after")
	tr.sync()
	tr.again(func() error {
		_, err := tr.at(o.Call).Postpone(tr.ctx, o, queue.NoAnswer, time.Duration(after)*time.Millisecond)
		return err
	})
	if c := tr.current(o); c != nil && c.back != nil {
		c.back.met = false
		tr.m.astray(c, tr.m.now+after)
		tr.m.match()
	}
}

// agreeBack compares what is kept of a callback.
func (tr *trial) agreeBack(c queue.CallDoc, want *modelCall) {
	if (c.Back != "") != (want.back != nil) {
		tr.Fatalf("call %s is a callback: %q, want %+v", c.ID, c.Back, want.back)
	}
	if want.back == nil {
		return
	}
	if int64(c.Ends) != want.back.ends || c.Rings != want.back.rings {
		tr.Fatalf("callback %+v, want %+v", c, *want.back)
	}
	if idle := c.State == "callback" || c.State == "waiting"; (c.Node == "-") != idle {
		tr.Fatalf("callback %s is %s at node %s", c.ID, c.State, c.Node)
	}
}
