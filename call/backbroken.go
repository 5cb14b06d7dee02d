package call

import (
	"context"
	"errors"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/assistant"
)

// This file is for a caller who is called back, has answered, and cannot be connected, because
// the queue does not say that the callback is still ours. Nobody is left with a dead line.

const (
	// reachedWithin is how long somebody who has answered may hear nothing while the queue is
	// asked.
	reachedWithin = 2 * time.Second
	reachedPause  = 200 * time.Millisecond
)

// reached tells the queue that the caller has answered, again and again for a moment.
func (b *Back) reached(ctx context.Context) error {
	op, cancel := context.WithTimeout(context.WithoutCancel(ctx), reachedWithin)
	defer cancel()
	for {
		err := must(b.deps.Queues.Reached(op, b.setup.Offer))
		if err == nil || errors.Is(err, errTaken) || !waited(op, reachedPause) {
			return err
		}
	}
}

// excuse makes the call in which the caller is told. Nobody hears the caller in it.
func (b *Back) excuse(leg Leg, session *media.Session) *Call {
	c := New(b.setup.Setup, b.deps, leg)
	c.came = &arrival{session: session, offer: b.setup.Offer, broken: true}
	c.unheard = true
	return c
}

// cameInVain tells the caller that nobody can have them now, and ends the call.
func (m *machine) cameInVain(now time.Time, c Came) {
	m.write(Entry{Kind: KindCallback, Queue: c.Queue, Agent: c.Agent, Reason: "answered, and not connected, for call " + string(c.For)})
	m.enter(StateOpening)
	say := m.disclosure(now)
	l, ok := m.assistant.CallbackLine(assistant.CallbackBroken, "", m.languages[0])
	if !ok {
		l = m.message(assistant.Unable)
	}
	m.goodbye = CauseNoQueue
	m.speak(now, assistant.Step{Say: append(say, l), Hangup: true})
}
