package call

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
)

var fiveDigits = regexp.MustCompile(`[0-9]{5}`)

// atACard gives a machine that has just asked for a card.
func atACard(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}
	for _, line := range []string{
		"call languages=en heard=en", "invited", "answered", "sound", "line-done samples=16000", "line-done", `final utt=1 text="i want to pay"`, "intent pay conf=0.9",
	} {
		s.happen(line)
	}
	if s.m.taking == nil {
		t.Fatal("no card is asked for")
	}
	return s
}

// anything is what may happen while a card is taken.
func anything(t *rapid.T, m *machine) Event {
	switch rapid.IntRange(0, 19).Draw(t, "what") {
	case 0:
		return SpeakStarted{Turn: m.turn.number}
	case 1, 2, 3:
		return LineDone{Turn: m.turn.number, Line: m.turn.current, Samples: 1}
	case 4:
		return Heard{Language: "en", Utterance: "9", Final: rapid.Bool().Draw(t, "final"), Words: redact.RawText("four one one one one")}
	case 5:
		return Deaf{Language: "en", Reason: "unavailable"}
	case 6:
		return SpeakFailed{Turn: m.turn.number, Reason: "no voice"}
	case 7, 8, 9:
		ev := Tokenized{Entry: m.entries, Try: rapid.IntRange(1, 2).Draw(t, "try")}
		if m.taking != nil {
			ev.Outcome = payment.Outcome{Token: "tok_a", LastFour: m.taking.card.LastFour(), Refused: payment.Reason(rapid.IntRange(0, 6).Draw(t, "refused"))}
		}
		ev.Err = rapid.SampledFrom([]error{nil, nil, payment.ErrLate, &payment.ServiceError{Code: codes.PermissionDenied}}).Draw(t, "err")
		return ev
	case 10:
		return Tick{}
	case 11:
		return rapid.SampledFrom([]Event{VoiceStarted{}, VoiceStopped{}, Regained{Language: "en"}}).Draw(t, "voice")
	default:
		return Pressed{Key: media.NewKey(rapid.SampledFrom([]byte("0123456789*#A")).Draw(t, "key"))}
	}
}

// Whatever is keyed and answered: no action shows five digits in a row, the recognizers
// hear again once it is over, and no card that anybody was given holds a digit then.
func TestNoWayOutOfACardLeavesOrShowsADigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := atACard(t)
		m, now := s.m, s.now
		cards, shielded := []*payment.Card{m.taking.card}, true
		see := func(actions []Action) {
			for _, a := range actions {
				if said := show(a); fiveDigits.MatchString(said) {
					r.Fatalf("digits in %s", said)
				}
				if said := fmt.Sprintf("%+v %#v", a, a); regexp.MustCompile(`41111|55555`).MatchString(said) {
					r.Fatalf("digits in %s", said)
				}
				switch a := a.(type) {
				case Shield:
					shielded = a.On
				case Tokenize:
					cards = append(cards, a.Card)
					if !a.Card.Good(payment.Number, now) || !a.Card.Good(payment.Expiry, now) || !a.Card.Good(payment.Code, now) {
						r.Fatal("a card that is not whole goes out")
					}
				}
			}
		}
		for range rapid.IntRange(0, 4).Draw(r, "entries") {
			for _, keys := range rapid.SampledFrom([][]string{{"5555555555554444", "1230", "123"}, {"4111111111111111#", "1230", "123"}, {"41111", "*"}}).Draw(r, "keys") {
				for i := range len(keys) {
					see(m.step(now, Pressed{Key: media.NewKey(keys[i])}))
				}
			}
			for range rapid.IntRange(0, 12).Draw(r, "events") {
				now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(r, "ms")) * time.Millisecond)
				ev := anything(r, m)
				if d := m.deadline(); !d.IsZero() && d.Before(now) {
					see(m.step(now, Tick{}))
				}
				see(m.step(now, ev))
			}
		}
		see(m.step(now, CallerGone{}))
		if shielded || m.taking != nil {
			r.Fatal("the caller is still not heard")
		}
		for _, c := range cards {
			if !c.Empty(payment.Number) || !c.Empty(payment.Expiry) || !c.Empty(payment.Code) {
				r.Fatal("a card was not overwritten")
			}
		}
	})
}

// A caller who does nothing, and a tokeniser that says nothing, never leave a call where
// it is: there is always a date at which it goes on.
func TestACardThatNobodyHelpsOnGoesToAHuman(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := atACard(t)
		m, now := s.m, s.now
		for range rapid.IntRange(0, 40).Draw(r, "events") {
			now = now.Add(time.Second / 4)
			m.step(now, anything(r, m))
		}
		for range 60 {
			if m.place.taken() || m.ended() || m.taking == nil {
				return
			}
			if m.turn.speaking() { // what is said is played
				m.step(now, SpeakStarted{Turn: m.turn.number})
				m.step(now, LineDone{Turn: m.turn.number, Line: m.turn.current, Samples: 1})
				continue
			}
			d := m.deadline()
			if d.IsZero() {
				r.Fatalf("nothing is to happen in state %s", m.state)
			}
			now = later(now, d)
			m.step(now, Tick{})
		}
		r.Fatalf("still waiting in state %s", m.state)
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
