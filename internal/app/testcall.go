package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// A testCall is a caller who hears an echo or music, by which operators check
// audio.
type testCall struct {
	app  *App
	leg  call.Leg
	kind string

	mu     sync.Mutex
	record call.Record
}

// whoCalls is a test call's name, and who calls what.
type whoCalls struct {
	id             call.ID
	caller, called string
}

func byPhone(leg *sip.Leg) whoCalls { return whoCalls{newID(), leg.Caller(), leg.Called()} }

// test answers one of the test numbers.
func (a *App) test(leg call.Leg, kind, tenant string, who whoCalls, sound media.Options) {
	t := &testCall{app: a, leg: leg, kind: kind, record: call.Record{
		Tenant: tenant, Call: who.id, Caller: who.caller, Called: who.called, Assistant: kind,
		State: call.StateRinging.String(), Started: time.Now(),
	}}
	id := t.record.Call
	a.tests.Store(id, t)
	defer a.tests.Delete(id)
	t.run(a.testing, sound)
}

// live gives what is known so far, without the journal.
func (t *testCall) live() call.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.record
	r.Journal = nil
	return r
}

func (t *testCall) run(ctx context.Context, options media.Options) {
	options.NoVAD = true
	session, err := t.app.media.Open(options)
	if err != nil {
		cause := sip.Overload
		if errors.Is(err, media.ErrAddress) {
			cause = sip.NotAcceptable
		}
		t.app.lacksPort(err)
		t.app.reject(ctx, t.leg, cause)
		return
	}
	defer func() { _ = session.Close() }()
	answer, err := session.Reply(t.leg.Offer())
	if err != nil {
		t.app.reject(ctx, t.leg, sip.NotAcceptable)
		return
	}
	if err := t.leg.Answer(ctx, answer); err != nil {
		t.logged("answer", err)
		return
	}
	t.write(call.Entry{Kind: call.KindAnswered})
	t.play(session)
	cause := t.wait(ctx, session)
	t.logged("hang up", t.leg.Hangup(context.WithoutCancel(ctx), cause))
	t.write(call.Entry{Kind: call.KindEnded, Reason: cause.String()})
	if err := t.app.records.Put(context.WithoutCancel(ctx), t.record); err != nil {
		t.app.log.Warn("keep record", slog.Any("err", err))
	}
}

func (t *testCall) play(session *media.Session) {
	if t.kind == numberMusic {
		session.Play(media.NewHoldMusic())
		return
	}
	echo := media.NewEcho()
	session.Hear(echo)
	session.Play(echo)
}

// wait returns when the test is over, and why.
func (t *testCall) wait(ctx context.Context, session *media.Session) sip.Cause {
	events := session.Events()
	var asking sync.WaitGroup
	defer asking.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asks, vanished := make(chan struct{}, 1), make(chan struct{}) // one question at a time
	for {
		select {
		case <-t.leg.Done():
			return sip.Normal
		case <-ctx.Done():
			return sip.Shutdown
		case r := <-t.leg.Reoffers():
			t.logged("offer", r.AnswerWith(session.Reply))
		case r := <-t.leg.Referrals():
			t.logged("refuse a transfer", r.Reject(sip.Forbidden))
		case answer := <-t.leg.Answers():
			if session.SetAnswer(answer) != nil {
				return sip.NotAcceptable
			}
		case ev, open := <-events:
			switch {
			case !open:
				events = nil
			case ev.Kind == media.Broken:
				return sip.Lost
			case ev.Kind == media.Silent && len(asks) < cap(asks):
				asks <- struct{}{}
				asking.Go(func() {
					if t.there(ctx) {
						<-asks
					} else {
						close(vanished)
					}
				})
			}
		case <-vanished:
			return sip.Lost
		}
	}
}

// there asks whether the caller, of whom nothing is heard, is still there.
func (t *testCall) there(ctx context.Context) bool {
	within, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return t.leg.Ask(within) == nil || ctx.Err() != nil
}

// logged tells of a failure that the caller's end of the call shows anyway.
func (t *testCall) logged(what string, err error) {
	if err != nil {
		t.app.log.Debug("test call", slog.String("what", what), slog.Any("err", err))
	}
}

func (t *testCall) write(e call.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &t.record
	e.Tenant, e.Call = r.Tenant, r.Call
	switch e.Kind {
	case call.KindAnswered:
		r.State, r.Answered = "answered", time.Now()
	case call.KindEnded:
		r.State, r.Ended, r.Cause = call.StateEnded.String(), time.Now(), e.Reason
	default:
	}
	r.Journal = append(r.Journal, t.app.journal.Append(e))
}
