package callgen

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/sip"
)

// Kinds of what an agent's telephone tells.
const (
	KindRegistered call.Kind = "callgen.registered" // Agent
	KindLost       call.Kind = "callgen.lost"       // Agent, Reason: the registration; no Reason: it was taken back
	KindRings      call.Kind = "callgen.rings"      // Call, Text: who calls
	KindAnswered   call.Kind = "callgen.answered"   // Call
	KindHears      call.Kind = "callgen.hears"      // Call: sound of the other side
)

// AgentOptions says where an agent registers and what they do.
type AgentOptions struct {
	Register       string // host:port of the registrar
	Transport      Transport
	User, Password string
	AnswerAfter    time.Duration // of ringing
	Refuse         bool          // refuse every call as busy
	NoAnswer       bool          // let every call ring
	Greeting       string        // spoken upon the answer
	Phrases        []string      // spoken in turn, now and then
	Voice          voice.Voice
	Ports          Ports
}

// Pauses of an agent who talks.
const (
	phrasePause = 4 * time.Second
	hearsAfter  = 200 * time.Millisecond // of sound
)

// Agent is an agent's telephone. It registers, takes calls one after the other
// and goes on until ctx ends; then it hangs up and takes its registration back.
func Agent(ctx context.Context, o AgentOptions, show func(call.Entry)) error {
	a := &agent{options: o, show: show}
	if err := a.learn(ctx); err != nil {
		return err
	}
	p, err := newPhone(ctx, o.Transport, o.Register, o.Ports, a)
	if err != nil {
		return err
	}
	a.phone = p
	p.start(ctx)
	registrar := "sip:" + o.Register
	if network := o.Transport.network(); network != "udp" {
		registrar += ";transport=" + network
	}
	err = p.sip.Register(ctx, sip.Registration{
		Registrar: registrar, User: o.User, Password: o.Password, Expires: time.Minute, OnState: a.state,
	})
	if no, ok := errors.AsType[*sip.Rejected](err); ok {
		err = fmt.Errorf("%s does not let %s register: %d", o.Register, o.User, no.Code)
	}
	return errors.Join(err, p.close(ctx))
}

// agent is the telephone at work. Invite runs on a goroutine for each call.
type agent struct {
	options  AgentOptions
	show     func(call.Entry)
	phone    *phone
	greeting []int16
	phrases  [][]int16
	busy     sync.Mutex // held while on a call: an agent has one at most
}

// learn makes the sound of all that the agent says.
func (a *agent) learn(ctx context.Context) error {
	if a.options.Refuse || a.options.NoAnswer {
		return nil
	}
	var err error
	if a.greeting, err = a.options.Voice.Render(ctx, a.options.Greeting); err != nil {
		return err
	}
	for _, text := range a.options.Phrases {
		pcm, err := a.options.Voice.Render(ctx, text)
		if err != nil {
			return err
		}
		a.phrases = append(a.phrases, pcm)
	}
	return nil
}

func (a *agent) state(registered bool, err error) {
	if registered {
		a.tell(call.Entry{Kind: KindRegistered, Agent: a.options.User})
		return
	}
	e := call.Entry{Kind: KindLost, Agent: a.options.User} // taken back, unless there is an error
	if err != nil {
		e.Reason = err.Error()
	}
	a.tell(e)
}

// Invite takes a call.
func (a *agent) Invite(ctx context.Context, leg *sip.Leg) {
	id := call.ID(leg.Header(callHeader))
	if id == "" {
		id = call.ID(leg.ID())
	}
	if !a.busy.TryLock() {
		_ = leg.Reject(ctx, sip.Busy)
		return
	}
	defer a.busy.Unlock()
	a.tell(call.Entry{Kind: KindRings, Call: id, Text: redact.New("").Speech(leg.Caller())})
	began := time.Now()
	heard, err := a.take(ctx, leg, id)
	reason := leg.Cause().String()
	if err != nil {
		reason = err.Error()
	}
	a.tell(call.Entry{
		Kind: KindHungUp, Call: id, Reason: reason,
		Duration: time.Since(began), Samples: int64(heard * media.Rate / time.Second),
	})
}

// take rings, answers and talks until the call is over. It gives the sound heard.
func (a *agent) take(ctx context.Context, leg *sip.Leg, id call.ID) (time.Duration, error) {
	if a.options.Refuse {
		return 0, leg.Reject(ctx, sip.Busy)
	}
	if err := leg.Progress(ctx, 180, nil); err != nil {
		return 0, err
	}
	if !a.ring(ctx, leg) {
		return 0, nil
	}
	session, err := a.phone.media.Open(media.Options{NoVAD: true, Confidential: leg.Transport() == "tls"})
	if err != nil {
		_ = leg.Reject(ctx, sip.Failed)
		return 0, fmt.Errorf("open the sound: %w", err)
	}
	defer session.Close()
	answer, err := session.Reply(leg.Offer())
	if err != nil {
		_ = leg.Reject(ctx, sip.NotAcceptable)
		return 0, fmt.Errorf("agree on the sound: %w", err)
	}
	ear := newEar(false)
	session.Hear(ear)
	if err := leg.Answer(ctx, answer); err != nil {
		return 0, fmt.Errorf("answer: %w", err)
	}
	if len(leg.Offer()) == 0 && !a.lateAnswer(ctx, leg, session) {
		return 0, errors.New("no answer came with the ACK")
	}
	a.tell(call.Entry{Kind: KindAnswered, Call: id})
	a.talk(ctx, leg, session, ear, id)
	heard, _ := ear.state()
	return heard, nil
}

// lateAnswer takes the answer to our offer, which comes with the ACK (RFC 3261
// section 13.2.1).
func (a *agent) lateAnswer(ctx context.Context, leg *sip.Leg, session *media.Session) bool {
	select {
	case <-leg.Confirmed():
		return session.SetAnswer(leg.Remote()) == nil
	case <-leg.Done():
	case <-ctx.Done():
	}
	_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
	return false
}

// ring waits as long as the agent lets it ring. It reports whether to answer.
func (a *agent) ring(ctx context.Context, leg *sip.Leg) bool {
	wait := time.NewTimer(a.options.AnswerAfter)
	defer wait.Stop()
	due := wait.C
	if a.options.NoAnswer {
		due = nil
	}
	select {
	case <-due:
		return true
	case <-leg.Done():
	case <-ctx.Done():
		_ = leg.Reject(context.WithoutCancel(ctx), sip.Unavailable)
	}
	return false
}

// talk greets, says a phrase now and then, and tells when it hears the caller.
func (a *agent) talk(ctx context.Context, leg *sip.Leg, session *media.Session, ear *ear, id call.ID) {
	last, said := session.Play(media.NewClip(a.greeting)), 0
	events := session.Events()
	tick := time.NewTicker(hearsAfter)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
			return
		case <-leg.Done():
			return
		case r := <-leg.Reoffers():
			_ = r.AnswerWith(session.Reply) // an offer that is gone needs no answer
		case answer := <-leg.Answers():
			_ = session.SetAnswer(answer) // what is wrong with it, the ear tells
		case ev, more := <-events:
			if !more {
				events = nil
			}
			if ev.Kind == media.PlayDone && ev.Gen == last && len(a.phrases) > 0 {
				session.Play(media.NewSilence(phrasePause))
				last = session.Play(media.NewClip(a.phrases[said%len(a.phrases)]))
				said++
			}
		case <-tick.C:
			if heard, _ := ear.state(); !told && heard >= hearsAfter {
				told = true
				a.tell(call.Entry{Kind: KindHears, Call: id})
			}
		}
	}
}

func (a *agent) tell(e call.Entry) {
	e.Time = time.Now()
	if e.Agent == "" {
		e.Agent = a.options.User
	}
	a.show(e)
}
