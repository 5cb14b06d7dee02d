package story

import (
	"cmp"
	"slices"

	"github.com/callward/callward/call"
)

// An Act is what the caller does in a turn, or what happens to him.
type Act string

// The acts.
const (
	Opening Act = "opening" // the call is answered
	Said    Act = "said"
	Keyed   Act = "keyed"
	Silence Act = "silence"
	Unheard Act = "unheard" // the caller speaks, and no words come of it
	Deaf    Act = "deaf"    // no recognizer hears the caller any more
	Card    Act = "card"    // keys that are for a tokeniser alone
	Other   Act = "other"
)

// A Turn is one thing that the caller does, and all that comes of it until the next.
type Turn struct {
	N       int // from 1; 0 is the opening
	Act     Act
	Entries []call.Entry // without states, partials and what only says that a line is over
}

// Turns puts the journal of a call into turns. There is at least one, the opening.
func Turns(r call.Record) []Turn {
	entries := slices.Clone(r.Journal)
	slices.SortStableFunc(entries, func(a, b call.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	turns := []Turn{{Act: Opening}}
	for _, e := range entries {
		if !told(e.Kind) {
			continue
		}
		if t := &turns[len(turns)-1]; !t.takes(e) {
			turns = append(turns, Turn{N: t.N + 1, Act: actOf(e)})
		}
		t := &turns[len(turns)-1]
		t.Entries = append(t.Entries, e)
	}
	return turns
}

func told(k call.Kind) bool {
	switch k {
	case call.KindState, call.KindCallerPart, call.KindBotPlayed, call.KindBotDone, call.KindPaused:
		return false
	default:
		return true
	}
}

// takes reports whether an entry is of the turn, rather than the first of the next.
func (t *Turn) takes(e call.Entry) bool {
	switch e.Kind {
	case call.KindCallerSaid, call.KindCallerKeyed, call.KindCard:
		return false
	case call.KindDecision:
		return !t.decided() && (e.Outcome == nil || t.Act == actOf(e) || t.Act == Opening)
	default:
		return true
	}
}

func (t *Turn) decided() bool { return t.last(call.KindDecision) != nil }

// actOf says what a turn is that an entry begins.
func actOf(e call.Entry) Act {
	switch e.Kind {
	case call.KindCallerSaid:
		return Said
	case call.KindCallerKeyed:
		return Keyed
	case call.KindCard:
		return Card
	default:
	}
	if e.Outcome == nil { // a decision of the call's own: it is taking a card
		return Card
	}
	switch e.Outcome.Input {
	case call.InputStart:
		return Opening
	case call.InputSaid:
		return Said
	case call.InputKeyed:
		return Keyed
	case call.InputSilence:
		return Silence
	case call.InputUnheard:
		return Unheard
	case call.InputDeaf:
		return Deaf
	case call.InputCaptured, call.InputUncaptured:
		return Card
	default:
		return Other
	}
}

// last gives the newest entry of a kind, nil if there is none.
func (t *Turn) last(k call.Kind) *call.Entry {
	for i := len(t.Entries) - 1; i >= 0; i-- {
		if t.Entries[i].Kind == k {
			return &t.Entries[i]
		}
	}
	return nil
}

// Caller gives what the caller said or keyed, nil if that was nothing.
func (t *Turn) Caller() *call.Entry {
	return cmp.Or(t.last(call.KindCallerSaid), t.last(call.KindCallerKeyed), t.last(call.KindCard))
}

// Intent gives what the words were taken for, nil if there were none.
func (t *Turn) Intent() *call.Entry { return t.last(call.KindIntent) }

// Decision gives what the dialogue decided, nil if it had nothing to decide.
func (t *Turn) Decision() *call.Entry {
	if d := t.last(call.KindDecision); d != nil && d.Outcome != nil {
		return d
	}
	return nil
}

// Has reports whether an entry of a kind is in the turn.
func (t *Turn) Has(k call.Kind) bool { return t.last(k) != nil }
