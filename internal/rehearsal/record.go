package rehearsal

import (
	"fmt"
	"strings"

	"github.com/callward/callward/call"
)

// A record keeps what came of a call so far, from what its journal was told.
type record struct {
	turn  observed
	n     int // of the turn
	story []Event
	texts []string // all that was shown or said to anybody, in order
	told  []string // said by the bot, and what agents are told
	acts  []string // what changed something outside the call
	flags []string // of the guard rails, each once
}

// observed is what came of a turn.
type observed struct {
	bot, shown, reasons      []string
	flags                    []string     // of the guard rails
	intent                   *call.Scored // nil: no words were understood
	entries                  []call.Entry // all that the journal was told
	about                    string       // the intent that the call is about
	values                   map[string]string
	queue, summary, transfer string
	language                 string
	priority                 int
	skills                   []string // wanted of whoever takes the caller
	hangup                   bool
}

// An Event is a line of the story of a call, safe to show.
type Event struct {
	Turn int    `json:"turn"` // 0 is the opening
	Who  string `json:"who"`  // caller, bot, or call for what is decided
	Text string `json:"text"`
}

func (r *record) begin(n int) { r.n, r.turn = n, observed{} }

func (r *record) note(who, text string) {
	r.story = append(r.story, Event{r.n, who, text})
	r.texts = append(r.texts, text)
}

// says notes a line of the bot.
func (r *record) says(text string) {
	r.turn.bot = append(r.turn.bot, text)
	r.told = append(r.told, text)
	r.note("bot", text)
}

// write keeps an entry of the journal.
func (r *record) write(e call.Entry) {
	t := &r.turn
	t.entries = append(t.entries, e)
	r.texts = append(r.texts, e.Text.String(), e.Reason)
	if e.Reason != "" {
		t.reasons = append(t.reasons, e.Reason)
	}
	t.flags = append(t.flags, e.Flags...)
	r.flagged(e.Flags)
	switch e.Kind {
	case call.KindCallerSaid, call.KindCallerKeyed:
		t.shown = append(t.shown, e.Text.String())
		r.note("caller", e.Text.String())
	case call.KindIntent:
		t.intent = e.Intent
		if e.Intent.Name != "" {
			r.note("call", fmt.Sprintf("intent %s at %.2f", e.Intent.Name, e.Intent.Confidence))
		}
	case call.KindDecision, call.KindTrouble, call.KindHook:
		r.note("call", e.Reason)
	case call.KindQueued:
		t.queue, t.summary = e.Queue, e.Text.String()
		r.told = append(r.told, t.summary)
		r.note("call", strings.TrimSuffix(fmt.Sprintf("queue %s: %s", e.Queue, e.Text), ": "))
	case call.KindTransfer:
		t.transfer = e.Text.String()
		r.note("call", "transfer to "+e.Text.String())
	case call.KindCard:
		r.note("call", e.Text.String())
	case call.KindEnded:
		t.hangup = !strings.HasPrefix(e.Reason, string(call.CauseCaller))
		r.note("call", "ends: "+e.Reason)
	default:
	}
}

// understood gives the intent of the turn, and how sure that is: that of the words, or
// after keys what the call is about.
func (o *observed) understood(a Act, minimum float64) (name string, confidence float64) {
	switch seen := o.intent; {
	case seen != nil && seen.Name != "" && seen.Confidence >= minimum:
		return seen.Name, seen.Confidence
	case seen == nil && a == Keys && o.about != "":
		return o.about, 1
	}
	return none, 0
}
