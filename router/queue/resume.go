package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// maxNote bounds what is kept of what a caller wants, in bytes.
const maxNote = 2000

// CallerKey names a caller by a number for Entry.Caller, without showing it.
func CallerKey(tenant, number string) string {
	sum := sha256.Sum256([]byte(tenant + "\x00" + number))
	return hex.EncodeToString(sum[:16])
}

// A LostPlace is what a caller had whose node died.
type LostPlace struct {
	Queue    string
	Priority int
	Entered  time.Time
	Note     string // of the Entry
}

// Lost gives the place that a caller lost with a node within the last ten minutes; not ok:
// none. An Entry for the same queue with Resume has it back.
func (r *Redis) Lost(ctx context.Context, caller string) (p LostPlace, ok bool, err error) {
	text, err := r.run(ctx, r.scripts.lost, caller, r.now().UnixMilli()).Text()
	if err != nil {
		return LostPlace{}, false, fmt.Errorf("look for a lost place: %w", err)
	}
	if text == "" {
		return LostPlace{}, false, nil
	}
	var doc struct {
		Queue   string `json:"queue"`
		Prio    int    `json:"prio"`
		Entered int64  `json:"enq"`
		Note    string `json:"note"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return LostPlace{}, false, fmt.Errorf("look for a lost place: %w", err)
	}
	return LostPlace{Queue: doc.Queue, Priority: doc.Prio, Entered: r.local(doc.Entered), Note: doc.Note}, true, nil
}

// count writes a claim as scripts read it.
func count(claim bool) int {
	if claim {
		return 1
	}
	return 0
}
