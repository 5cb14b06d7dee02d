package cdr

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/call"
)

// A Record is what remains of a call for billing and reports. docs/outputs.md names each
// field; times are UTC.
type Record struct {
	Version    int       `json:"v"` // 1; fields may be added
	Call       string    `json:"call"`
	Tenant     string    `json:"tenant"`
	Kind       string    `json:"kind"` // line: a caller's; desk: one that an agent placed
	Trunk      string    `json:"trunk,omitempty"`
	Caller     string    `json:"caller"`
	Trust      string    `json:"trust,omitempty"`
	Called     string    `json:"called"`
	Assistant  string    `json:"assistant,omitempty"`
	Language   string    `json:"language,omitempty"`
	Intent     string    `json:"intent,omitempty"`
	Confidence float64   `json:"confidence,omitempty"`
	Queue      string    `json:"queue,omitempty"` // the last
	Agent      string    `json:"agent,omitempty"` // the last who talked to the caller
	Cause      string    `json:"cause"`
	Started    time.Time `json:"started"`
	Answered   time.Time `json:"answered,omitzero"`
	Ended      time.Time `json:"ended"`
	Duration   int64     `json:"duration_ms"`
	Bot        int64     `json:"bot_ms"`
	Wait       int64     `json:"wait_ms"`
	Talk       int64     `json:"talk_ms"`
	Contained  bool      `json:"contained"` // the bot answered, and the caller came to no queue and no human
	Cards      int       `json:"cards"`     // taken
	Flags      []string  `json:"flags,omitempty"`
	MOS        float64   `json:"mos,omitempty"`
	Loss       float64   `json:"loss,omitempty"`       // part of the caller's packets
	Message    int64     `json:"message_ms,omitempty"` // how long the message is that the caller left
	Legs       []Leg     `json:"legs,omitempty"`
}

// A Leg is a human whose phone rang for the call.
type Leg struct {
	Agent    string    `json:"agent,omitempty"` // empty: a number outside
	Queue    string    `json:"queue,omitempty"`
	Offered  time.Time `json:"offered,omitzero"` // zero: who was on the line already
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Outcome  string    `json:"outcome"` // talked, transferred, or why not: no_answer, busy, …
}

// The kinds of records.
const (
	Line = "line"
	Desk = "desk"
)

// Outcomes of legs that were answered.
const (
	talked      = "talked"
	transferred = "transferred"
	withdrawn   = "withdrawn" // the call ended while it rang
)

// Of gives the record of a call that has ended, from all of its journal.
func Of(r call.Record, n Numbers) Record {
	out := Record{
		Version: 1, Call: string(r.Call), Tenant: r.Tenant, Kind: Line, Trunk: r.Trunk, Caller: n.Show(r.Caller), Trust: r.Trust,
		Called: short(r.Called), Assistant: r.Assistant, Language: r.Language, Agent: r.Agent, Cause: cause(r.Cause),
		Started: utc(r.Started), Answered: utc(r.Answered), Ended: utc(r.Ended), Cards: len(r.Cards), Flags: r.Flags, Message: ms(r.Message),
	}
	if r.Private {
		out.Caller = "anonymous"
	}
	if !call.IsDirect(r.Queue) {
		out.Queue = r.Queue
	}
	if r.Desk {
		out.Kind, out.Caller = Desk, short(r.Caller)
		if r.Outside {
			out.Called = n.Show(r.Called)
		}
	}
	if r.Intent != nil {
		out.Intent, out.Confidence = r.Intent.Name, r.Intent.Confidence
	}
	if r.Sound != nil {
		out.MOS, out.Loss = r.Sound.MOS, r.Sound.Lost
	}
	out.Duration = ms(r.Ended.Sub(r.Started))
	tell(&out, r)
	out.Contained = out.Kind == Line && !r.Answered.IsZero() && r.Queue == "" && len(out.Legs) == 0
	return out
}

// cause is why a call ended, without the detail.
func cause(s string) string {
	word, _, _ := strings.Cut(s, ": ")
	return word
}

// short bounds what a peer may have us write.
func short(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most]
	}
	return s
}

// utc leaves out what is below a millisecond: the same moments stand in CSV.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}

func ms(d time.Duration) int64 { return max(0, d.Milliseconds()) }

// JSON is the record in one line, without its break.
func (r Record) JSON() ([]byte, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("record of call %s: %w", r.Call, err)
	}
	return line, nil
}

// Parse reads what JSON wrote.
func Parse(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("read a call's record: %w", err)
	}
	return r, nil
}
