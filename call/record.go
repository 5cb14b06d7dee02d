package call

import (
	"context"
	"errors"
	"time"
)

// ErrNoRecord says that no record is kept under a tenant and call.
var ErrNoRecord = errors.New("no such record")

// A Record is what remains of a call.
type Record struct {
	Tenant     string    `json:"tenant"`
	Call       ID        `json:"call"`
	Trunk      string    `json:"trunk,omitempty"` // by which it came
	Caller     string    `json:"caller"`          // who called, as the trunk says; not proven
	Trust      string    `json:"trust,omitempty"` // of Caller: A, B, C (SHAKEN attestation), none or failed
	Called     string    `json:"called"`
	Assistant  string    `json:"assistant"`
	Language   string    `json:"language,omitempty"`
	State      string    `json:"state"`
	Started    time.Time `json:"started"`
	Answered   time.Time `json:"answered,omitzero"`
	Ended      time.Time `json:"ended,omitzero"`
	Intent     *Scored   `json:"intent,omitempty"`
	Queue      string    `json:"queue,omitempty"`
	Agent      string    `json:"agent,omitempty"`
	Cause      string    `json:"cause,omitempty"` // why it ended
	Disclosure []Proof   `json:"disclosure,omitempty"`
	Journal    []Entry   `json:"journal,omitempty"`
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
