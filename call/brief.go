package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/tts"
)

// A Brief is what an agent hears who has picked up, before the caller is joined.
type Brief string

// The ways to brief an agent. The zero Brief is none.
const (
	BriefNone Brief = ""
	BriefTell Brief = "tell" // what the caller wants, and how long the caller has waited
	BriefAsk  Brief = "ask"  // the same; then key 1 takes the caller, key 2 or hanging up declines
)

// The keys that answer a brief that asks.
const (
	keyTake    = '1'
	keyDecline = '2'
)

var errDeclined = errors.New("the agent declined")

// briefing is what an agent is told of a caller.
type briefing struct {
	how      Brief
	language string
	summary  redact.Safe
	intent   string
	skills   []string
	waited   time.Duration
	sent     bool // by a colleague
}

// briefing is made by the loop, for the phone that is about to ring.
func (c *Call) briefing() briefing {
	m := c.machine
	b := briefing{
		how: c.setup.Briefs[m.place.queue], language: m.languages[0], summary: m.summary, intent: m.script.Intent(), skills: m.place.skills,
	}
	if m.place.direct && m.moving.ask != 0 {
		b.how, b.sent = c.setup.Sent, true
		return b
	}
	if !m.queued.IsZero() {
		b.waited = c.deps.Now().Sub(m.queued)
	}
	return b
}

// briefWords are the fixed words of a brief, by language.
type briefWords struct{ caller, sent, waited, ask string }

func wordsOf(language string) briefWords {
	if language == "fr" {
		return briefWords{"Nouvel appel.", "Un collègue vous passe un appel.", "En attente depuis %d minutes.", "Pour le prendre, appuyez sur 1. Pour le refuser, appuyez sur 2."}
	}
	return briefWords{"New call.", "A colleague sends you a caller.", "Waiting for %d minutes.", "To take it, press 1. To decline, press 2."}
}

// lines are what is said, one after the other.
func (b briefing) lines() []redact.Safe {
	w := wordsOf(b.language)
	out := []redact.Safe{redact.Authored(w.caller)}
	if b.sent {
		out[0] = redact.Authored(w.sent)
	}
	switch {
	case !b.summary.Empty():
		out = append(out, b.summary)
	case b.intent != "":
		out = append(out, redact.Authored(strings.NewReplacer("_", " ", "-", " ").Replace(b.intent)+"."))
	}
	if l := skillsLine(b.language, b.skills); !l.Empty() {
		out = append(out, l)
	}
	if n := int(b.waited / time.Minute); n > 1 {
		out = append(out, redact.Authored(fmt.Sprintf(w.waited, n)))
	}
	if b.how == BriefAsk {
		out = append(out, redact.Authored(w.ask))
	}
	return out
}

// brief tells the agent on the line of the caller. It returns once the agent has heard it,
// or has taken the caller; with errDeclined, or why ctx ended, if there will be no talk.
func (c *Call) brief(ctx context.Context, agent string, p *Party, b briefing) error {
	if b.how == BriefNone {
		return nil
	}
	c.write(ctx, Entry{Kind: KindBriefed, Agent: agent, Text: b.summary, Reason: string(b.how)})
	speaking, stop := context.WithCancel(ctx)
	said := make(chan media.Gen, 1)
	c.run(func() { said <- c.tellBrief(speaking, p.session, b) })
	defer func() { stop(); p.session.Flush() }()
	return c.awaitBrief(ctx, p, b, said)
}

func (c *Call) awaitBrief(ctx context.Context, p *Party, b briefing, said <-chan media.Gen) error {
	done, last := make(map[media.Gen]bool), media.Gen(0)
	for {
		var key byte
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.leg.Done():
			return errDeclined
		case last = <-said:
			said = nil
		case info := <-p.leg.Infos():
			key, _ = dtmf.Info(info.Type, info.Body)
		case r := <-p.leg.Reoffers():
			c.reoffer(p.session, r)
		case ev, ok := <-p.session.Events():
			switch {
			case !ok, ev.Kind == media.Broken:
				return errDeclined
			case ev.Kind == media.Digit:
				key = ev.Key.Byte()
			case ev.Kind == media.PlayDone:
				done[ev.Gen] = true
			}
		}
		switch {
		case b.how == BriefAsk && key == keyTake:
			return nil
		case b.how == BriefAsk && key == keyDecline:
			return errDeclined
		case b.how == BriefTell && said == nil && (last == 0 || done[last]):
			return nil
		}
	}
}

// tellBrief plays the lines, as far as they can be spoken, and gives the last of them; 0 if
// there is none.
func (c *Call) tellBrief(ctx context.Context, s *media.Session, b briefing) (last media.Gen) {
	for _, text := range b.lines() {
		gen, err := c.tellLine(ctx, s, b.language, text)
		if gen != 0 {
			last = gen
		}
		if err != nil && ctx.Err() == nil {
			c.log.Warn("an agent could not be told of the caller", slog.Any("err", err))
			return last
		}
	}
	return last
}

func (c *Call) tellLine(ctx context.Context, s *media.Session, language string, text redact.Safe) (media.Gen, error) {
	return tell(ctx, c.deps.Synthesizer, s, text, tts.Voice{
		Tenant: c.setup.Tenant, Call: string(c.setup.ID), Language: language, Name: c.setup.Voices[language],
	})
}

// tell plays a text to an agent once it is spoken; gen is 0 if nothing of it is.
func tell(ctx context.Context, by Synthesizer, s *media.Session, text redact.Safe, v tts.Voice) (gen media.Gen, err error) {
	st, err := by.Speak(ctx, text, v)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	out := media.NewStream()
	defer out.CloseWrite()
	pcm := make([]int16, media.FrameSamples)
	for {
		n, err := st.Read(pcm)
		if n > 0 && gen == 0 {
			gen = s.Play(out)
		}
		if n > 0 {
			if err := out.Write(ctx, pcm[:n]); err != nil {
				return gen, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return gen, nil
		case err != nil:
			return gen, err
		}
	}
}

// declined reports whether an agent did not want the caller, by key or by phone.
func declined(cause sip.Cause, err error) bool {
	return cause == sip.Declined || errors.Is(err, errDeclined)
}
