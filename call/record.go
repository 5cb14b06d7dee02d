package call

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/callward/callward/media"
)

// ErrNoRecord says that no record is kept under a tenant and call.
var ErrNoRecord = errors.New("no such record")

// A Record is what remains of a call.
type Record struct {
	Tenant      string        `json:"tenant"`
	Call        ID            `json:"call"`
	Trunk       string        `json:"trunk,omitempty"`    // by which it came
	Caller      string        `json:"caller"`             // who called, as the trunk says; not proven
	Private     bool          `json:"private,omitempty"`  // the caller wants not to be named
	Trust       string        `json:"trust,omitempty"`    // of Caller: A, B, C (SHAKEN attestation), none or failed
	Believed    bool          `json:"believed,omitempty"` // the trunk has checked Caller itself, and is trusted with that
	Called      string        `json:"called"`
	Desk        bool          `json:"desk,omitempty"`    // an agent placed it: Caller is the agent
	Outside     bool          `json:"outside,omitempty"` // of such a call: Called is a number outside
	Assistant   string        `json:"assistant"`
	Languages   []string      `json:"languages,omitempty"` // in which it began; several: the caller chose
	Heard       []string      `json:"heard,omitempty"`     // those that were understood by voice as it began
	Trouble     bool          `json:"trouble,omitempty"`   // more should have been
	Language    string        `json:"language,omitempty"`
	State       string        `json:"state"`
	Started     time.Time     `json:"started"`
	Answered    time.Time     `json:"answered,omitzero"`
	Ended       time.Time     `json:"ended,omitzero"`
	Intent      *Scored       `json:"intent,omitempty"`
	Queue       string        `json:"queue,omitempty"`
	Agent       string        `json:"agent,omitempty"`
	TakenOver   bool          `json:"taken_over,omitempty"` // Agent is a supervisor's, who has the caller, or had at the end
	Cause       string        `json:"cause,omitempty"`      // why it ended
	Disclosure  []Proof       `json:"disclosure,omitempty"`
	Sound       *Sound        `json:"sound,omitempty"`       // between the caller and us
	Cards       []Taken       `json:"cards,omitempty"`       // taken by keypad
	Message     time.Duration `json:"message_ns,omitempty"`  // how long the message is that the caller left; 0: none
	Disposition string        `json:"disposition,omitempty"` // how it ended, in the agent's word
	Flags       []string      `json:"flags,omitempty"`       // what the guard rails saw, such as impersonation
	Journal     []Entry       `json:"journal,omitempty"`
}

// Taken stands for a card that was keyed in and is with the tokeniser.
type Taken struct {
	Token    string    `json:"token"` // by which it is charged
	Brand    string    `json:"brand"`
	LastFour string    `json:"last_four"`
	At       time.Time `json:"at"`
}

// Sound is how the caller's sound fared, as far as it came.
type Sound struct {
	Codec     string  `json:"codec"`
	Protected bool    `json:"protected"`               // by SRTP
	MOS       float64 `json:"mos,omitempty"`           // of what we heard, estimated, 1 to 4.4
	Lost      float64 `json:"lost"`                    // part of the caller's packets, 0 to 1
	LostThere float64 `json:"lost_there"`              // part of ours, as the caller last reported
	Jitter    float64 `json:"jitter_ms"`               // of the caller's packets
	MadeUp    float64 `json:"made_up_ms,omitempty"`    // of sound, for packets that were lost or late
	LeftOut   uint64  `json:"left_out,omitempty"`      // packets, to shorten the delay after jitter
	RoundTrip float64 `json:"round_trip_ms,omitempty"` // 0: the caller sends no reports
}

func soundOf(s media.SessionStats) *Sound {
	if s.Codec == "" {
		return nil
	}
	ms := func(d time.Duration) float64 { return math.Round(float64(d)/float64(time.Microsecond)) / 1000 }
	round := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	out := &Sound{
		Codec: s.Codec, Protected: s.Sealed, MOS: round(s.MOS), LostThere: round(s.PeerLoss),
		Jitter: ms(s.Jitter), RoundTrip: ms(s.RoundTrip), MadeUp: float64(s.ConcealedSamples) / (media.Rate / 1000), LeftOut: s.Skipped,
	}
	if all := s.Lost + s.Received; all > 0 {
		out.Lost = round(float64(s.Lost) / float64(all))
	}
	return out
}

// A Proof shows that the legal opening was played in a language.
type Proof struct {
	Language string    `json:"language,omitempty"`
	Hash     string    `json:"sha256"`  // of the text
	Samples  int64     `json:"samples"` // really sent, at 8 kHz
	At       time.Time `json:"at"`      // when the last of them was sent
}

// Records keeps what remains of calls, by tenant and call. Nothing about a call
// may reach a disk unless it is encrypted there.
type Records interface {
	// Put keeps r in place of an earlier record of the same tenant and call.
	Put(ctx context.Context, r Record) error
	// Get gives one record, or ErrNoRecord.
	Get(ctx context.Context, tenant string, id ID) (Record, error)
	// List gives up to limit records of a tenant, newest first, without journals.
	List(ctx context.Context, tenant string, limit int) ([]Record, error)
	// Delete forgets a record; it is no error if there is none.
	Delete(ctx context.Context, tenant string, id ID) error
}
