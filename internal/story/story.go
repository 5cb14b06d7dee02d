package story

import (
	"cmp"
	"time"

	"github.com/callward/callward/call"
)

// A Story is a call told in words.
type Story struct {
	Call  call.ID  `json:"call"`
	Facts []Line   `json:"facts"` // about the call as a whole
	Turns []Retold `json:"turns"`
}

// A Retold is a turn in words.
type Retold struct {
	N     int    `json:"turn"` // from 1; 0 is the opening
	Act   Act    `json:"act"`
	Lines []Line `json:"lines"`
}

// A Line is one thing that is told.
type Line struct {
	At   Seconds   `json:"at_s"`           // since the call was answered
	Kind call.Kind `json:"kind,omitempty"` // of the entry that tells it; empty: a fact
	What string    `json:"what"`           // what it is about, in a word
	Text string    `json:"text"`
	tone tone
}

// Seconds of a call, to a hundredth.
type Seconds float64

func secondsOf(d time.Duration) Seconds { return Seconds(d.Round(10 * time.Millisecond).Seconds()) }

// tone is how a line looks on a terminal that has colours.
type tone uint8

const (
	plain tone = iota
	dim
	strong
	caller
	bot
	human
	alarm
)

// Tell puts a record into words of a language, "en" or "fr".
func Tell(r call.Record, language string) Story {
	w := words{french: language == "fr", record: r}
	s := Story{Call: r.Call, Facts: w.facts()}
	began := Began(r)
	for _, t := range Turns(r) {
		out := Retold{N: t.N, Act: t.Act}
		for _, e := range t.Entries {
			at := secondsOf(max(0, e.Time.Sub(began)))
			for _, l := range w.lines(e) {
				l.At, l.Kind = at, e.Kind
				l.What, l.Text = short(Clean(l.What)), Clean(l.Text)
				out.Lines = append(out.Lines, l)
			}
		}
		if len(out.Lines) > 0 {
			s.Turns = append(s.Turns, out)
		}
	}
	return s
}

// Began is when the times of a call's story count from: its answer, or if there was none
// its beginning.
func Began(r call.Record) time.Time {
	return cmp.Or(r.Answered, r.Started)
}

// short holds what a line is about, which of a foreign record may be anything, to a word.
func short(what string) string {
	if r := []rune(what); len(r) > 20 {
		return string(r[:19]) + "…"
	}
	return what
}
