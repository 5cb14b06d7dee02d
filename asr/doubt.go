package asr

import "sync/atomic"

// A doubt is why something that an engine told is dropped.
type doubt uint8

const (
	unread   doubt = iota // the call is behind with what it was told before
	unheard               // it is about audio that the engine has not got, or goes back behind what was told
	stale                 // its utterance is over, unknown or one too many, or it was told before
	overlong              // its text is longer than the contract allows
	doubts
)

func (d doubt) String() string {
	return [doubts]string{unread: "unread", unheard: "unheard", stale: "stale", overlong: "overlong"}[d]
}

// dropped counts what was not believed, or not read.
type dropped [doubts]atomic.Int64

func (d *dropped) note(why doubt) { d[why].Add(1) }

func (d *dropped) byCause() map[string]int64 {
	out := map[string]int64{}
	for why := range doubts {
		if n := d[why].Load(); n > 0 {
			out[why.String()] = n
		}
	}
	return out
}
