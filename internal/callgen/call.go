package callgen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/sip"
)

// Kinds of what the caller tells beside the server's journal.
const (
	KindDialing   call.Kind = "callgen.dialing"   // Text: the number
	KindRinging   call.Kind = "callgen.ringing"   // Reason: the SIP code
	KindConnected call.Kind = "callgen.connected" // Call, Reason: the codec
	KindSaid      call.Kind = "callgen.said"      // Text, redacted
	KindPlayed    call.Kind = "callgen.played"    // Text: the file
	KindHeard     call.Kind = "callgen.heard"     // Samples: of sound since our last turn; Agent: whose, if not the bot's
	KindKeyed     call.Kind = "callgen.keyed"     // Text, redacted
	KindHungUp    call.Kind = "callgen.ended"     // Reason, Duration; Samples: of sound heard
	KindNotice    call.Kind = "callgen.notice"    // Reason
)

// CallOptions says whom to call and what to do there.
type CallOptions struct {
	To          string // sip:USER@HOST[:PORT]
	Transport   Transport
	From        string // the user that calls; empty means callgen
	Language    string // of what is said, for showing it redacted
	Voice       voice.Voice
	Steps       []Step
	API         string        // of the server; empty: no events
	Record      string        // file for what is heard
	RecordBoth  string        // file for what is heard (left) and said (right)
	Timeout     time.Duration // for the whole call
	WaitAgent   time.Duration // in a queue
	HangupAfter time.Duration // of quiet after the last turn, or with an agent
	Exactly     bool          // HangupAfter counts from the answer when there are no steps
	NoWait      bool          // do each step at once, over the bot's voice
	Ports       Ports
	guide       guide // in place of Steps: decides as the call goes on
}

// A guide decides from what happened what the caller does.
type guide interface {
	next() (step prepared, ok bool) // at the caller's turn; not ok: hang up
	enough() bool                   // hang up now
}

// noAnswer is how long a line may be silent before the user learns what may be wrong.
const noAnswer = 3 * time.Second

// settle is how long the last entries of a call may take to arrive.
const settle = 2 * time.Second

// Call places a call and goes through its steps, each when it is the caller's
// turn. It tells everything that happens to show. The error says in one line why
// the call was not completed.
func Call(ctx context.Context, o CallOptions, show func(call.Entry)) error {
	to, err := parseTarget(o.To, o.Transport)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("the call took longer than %s", o.Timeout))
	defer cancel()
	steps, err := prepare(ctx, o.Steps, o.Voice)
	if err != nil {
		return err
	}
	p, err := newPhone(ctx, o.Transport, to.host, o.Ports, nil)
	if err != nil {
		return err
	}
	p.start(ctx)
	c := &conversation{
		options: o, steps: steps, show: show, phone: p,
		hears:  newEar(o.Record != "" || o.RecordBoth != ""),
		speaks: newEar(o.RecordBoth != ""),
		safe:   redact.New(o.Language),
		began:  time.Now(),
	}
	events, stop := context.WithCancel(context.WithoutCancel(ctx)) // they tell of the end too
	c.follow(events)
	err = c.run(ctx, to)
	stop()
	c.drain()
	return errors.Join(err, p.close(ctx), c.save())
}

// conversation is one call under way. Its methods run on one goroutine.
type conversation struct {
	options CallOptions
	steps   []prepared
	show    func(call.Entry)
	phone   *phone
	hears   *ear
	speaks  *ear
	safe    *redact.Redactor
	began   time.Time

	session *media.Session
	leg     *sip.Leg
	entries <-chan call.Entry // nil: no server to ask
	early   []call.Entry      // came before we knew which call is ours
	id      call.ID
	turn    turn
	playing media.Gen
	idle    time.Time // since when nothing is left to do
	ended   bool      // the server told the end
}

// follow opens the event stream, if there is one to open.
func (c *conversation) follow(ctx context.Context) {
	none := make(chan call.Entry)
	close(none)
	c.entries = none
	if c.options.API == "" {
		return
	}
	entries, err := follow(ctx, c.options.API)
	if err != nil {
		c.tell(call.Entry{Kind: KindNotice, Reason: err.Error() + "; only what can be heard is shown"})
		return
	}
	c.entries = entries
}

// drain waits until the follower has ended.
func (c *conversation) drain() {
	for c.entries != nil {
		if _, more := <-c.entries; !more {
			return
		}
	}
}

func (c *conversation) run(ctx context.Context, to target) error {
	if err := c.dial(ctx, to); err != nil {
		return err
	}
	defer c.session.Close()
	err := c.talk(ctx)
	reason := "hung up"
	if c.leg.Cause() != sip.Unknown {
		reason = "the line ended the call: " + c.leg.Cause().String()
	}
	_ = c.leg.Hangup(context.WithoutCancel(ctx), sip.Normal) // does nothing if it has ended
	c.lastWords()
	heard, _ := c.hears.state()
	c.tell(call.Entry{
		Kind: KindHungUp, Call: c.id, Reason: reason,
		Duration: time.Since(c.began), Samples: int64(heard * media.Rate / time.Second),
	})
	return err
}

// dial places the call and waits for the answer.
func (c *conversation) dial(ctx context.Context, to target) error {
	session, err := c.phone.media.Open(media.Options{NoVAD: true, Confidential: to.confidential})
	if err != nil {
		return fmt.Errorf("open the sound: %w", err)
	}
	c.session = session
	session.Hear(c.hears)
	session.HearSent(c.speaks)
	if err := c.invite(ctx, to); err != nil {
		return errors.Join(err, session.Close())
	}
	return nil
}

func (c *conversation) invite(ctx context.Context, to target) error {
	offer, err := c.session.Offer()
	if err != nil {
		return fmt.Errorf("open the sound: %w", err)
	}
	from := c.options.From
	if from == "" {
		from = "callgen"
	}
	c.tell(call.Entry{Kind: KindDialing, Text: redact.Authored(to.uri)})
	hint := time.AfterFunc(noAnswer, func() {
		c.show(call.Entry{
			Kind: KindNotice, Time: time.Now(),
			Reason: "nothing has answered at " + to.host + " yet; is the line running there? `make run` starts one here",
		})
	})
	defer hint.Stop()
	c.leg, err = c.phone.sip.Dial(ctx, sip.Invite{
		To: to.uri, From: "sip:" + from + "@" + c.phone.address.String(), SDP: offer,
	}, func(code int, _ []byte) {
		hint.Stop()
		c.tell(call.Entry{Kind: KindRinging, Reason: strconv.Itoa(code)})
	})
	if err != nil {
		return dialError(ctx, to, err)
	}
	if err := c.session.SetAnswer(c.leg.Remote()); err != nil {
		_ = c.leg.Hangup(ctx, sip.NotAcceptable)
		return fmt.Errorf("agree on the sound: %w", err)
	}
	c.turn = turn{since: time.Now()}
	c.connected()
	return nil
}

func dialError(ctx context.Context, to target, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if no, ok := errors.AsType[*sip.Rejected](err); ok {
		return fmt.Errorf("%s refused the call: %d %s", to.uri, no.Code, no.Cause())
	}
	return fmt.Errorf("call %s: %w", to.uri, err)
}

// talk goes on until the call is over. The error is nil if it was completed.
func (c *conversation) talk(ctx context.Context) error {
	tick := time.NewTicker(media.FrameTime)
	defer tick.Stop()
	events := c.session.Events()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.leg.Done():
			return c.over()
		case e, more := <-c.entries:
			if !more {
				c.entries = nil
				continue
			}
			c.note(e)
		case ev, more := <-events:
			if !more {
				events = nil
			}
			c.played(ev)
		case r := <-c.leg.Reoffers():
			_ = r.AnswerWith(c.session.Reply) // an offer that is gone needs no answer
		case answer := <-c.leg.Answers():
			_ = c.session.SetAnswer(answer) // what is wrong with it, the ear tells
		case now := <-tick.C:
			if done, err := c.next(ctx, now); done || err != nil {
				return err
			}
		}
	}
}

// next does the next step if it is our turn. It reports whether nothing is left.
func (c *conversation) next(ctx context.Context, now time.Time) (done bool, err error) {
	c.turn.hear(c.hears.state())
	if w := c.options.WaitAgent; !c.turn.queued.IsZero() && now.Sub(c.turn.queued) > w {
		return true, fmt.Errorf("no agent answered within %s", w)
	}
	if c.options.guide != nil {
		return c.guided(ctx, now)
	}
	if len(c.steps) == 0 {
		return c.finished(now), nil
	}
	if c.turn.acting || !c.options.NoWait && !c.turn.ours(now) {
		return false, nil
	}
	step := c.steps[0]
	c.steps = c.steps[1:]
	return false, c.act(ctx, step)
}

// guided does what the guide wants, if it is our turn. It reports whether
// nothing is left.
func (c *conversation) guided(ctx context.Context, now time.Time) (done bool, err error) {
	switch {
	case c.turn.acting:
		return false, nil
	case c.options.guide.enough():
		return true, nil
	case !c.turn.ours(now):
		return false, nil
	}
	c.tell(call.Entry{Kind: KindHeard, Agent: c.turn.agent, Samples: int64(c.turn.sound * media.Rate / time.Second)})
	step, ok := c.options.guide.next()
	if !ok {
		return true, nil
	}
	return false, c.act(ctx, step)
}

// finished says whether the caller has waited long enough after the last turn.
func (c *conversation) finished(now time.Time) bool {
	t, stay := &c.turn, c.options.HangupAfter
	switch {
	case c.options.Exactly && len(c.options.Steps) == 0:
		return now.Sub(t.since) >= stay
	case !t.bridged.IsZero() && !t.acting:
		return now.Sub(t.since) >= stay // since the bridge, or what we said last
	case !t.ours(now):
		c.idle = time.Time{}
		return false
	case c.idle.IsZero():
		c.idle = now
	}
	return now.Sub(c.idle) >= stay
}

func (c *conversation) act(ctx context.Context, s prepared) error {
	c.turn.begin()
	if s.Keys != "" {
		return c.press(s.Keys)
	}
	shown := call.Entry{Kind: KindSaid, Text: c.safe.Speech(s.Say)}
	if s.Wav != "" {
		shown = call.Entry{Kind: KindPlayed, Text: redact.Authored(s.Wav)}
	}
	c.tell(shown)
	c.playing = c.session.Play(media.NewClip(s.pcm))
	return ctx.Err()
}

func (c *conversation) press(keys string) error {
	c.tell(call.Entry{Kind: KindKeyed, Text: c.safe.Speech(keys)})
	gen, err := c.session.SendDigits(keys)
	if err != nil {
		return fmt.Errorf("press keys: %w", err)
	}
	c.playing = gen
	return nil
}

// played notes the end of our own turn.
func (c *conversation) played(ev media.Event) {
	ours := ev.Kind == media.PlayDone || ev.Kind == media.DigitsDone
	if ours && ev.Gen == c.playing && c.turn.acting {
		c.turn.end(time.Now())
	}
}

// over says whether the line's hanging up completes the call.
func (c *conversation) over() error {
	if n := len(c.steps); n > 0 {
		return fmt.Errorf("the line hung up with %d of %d steps to go", n, len(c.options.Steps))
	}
	if cause := c.leg.Cause(); cause != sip.Normal && cause != sip.Unknown {
		return fmt.Errorf("the call broke off: %s", cause)
	}
	return nil
}

// save writes the recordings.
func (c *conversation) save() error {
	heard := c.hears.recording()
	return errors.Join(
		writeSound(c.options.Record, heard),
		writeSound(c.options.RecordBoth, heard, c.speaks.recording()),
	)
}

func writeSound(path string, channels ...[]int16) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path) //nolint:gosec // the user names the file
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return errors.Join(wav.Write(f, media.Rate, channels...), f.Close())
}
