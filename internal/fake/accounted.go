package fake

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/resample"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// NewAccounted gives a recognizer that follows a script, whatever is said, and writes
// into a ledger which coded frames it is sent: an Entry for each message that
// completes some, by one Write.
func NewAccounted(script []asrtest.Turn, ledger io.Writer, faults ...Fault) *Engine {
	b := &books{ledger: ledger, streams: map[*asrv1.Config]*account{}}
	return &Engine{Service: ASR, ASR: &asrtest.Server{Script: script, Heard: b.note}, Faults: faults}
}

// books are kept of all streams for as long as the engine lives: nobody tells that one ends.
type books struct {
	mu      sync.Mutex
	ledger  io.Writer
	streams map[*asrv1.Config]*account
}

// An account is that of a stream.
type account struct {
	decoder mediatest.CodedDecoder
	down    resample.Down
	samples int64
}

func (b *books) note(c *asrv1.Config, pcm []int16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.streams[c]
	if a == nil {
		a = &account{}
		b.streams[c] = a
	}
	a.samples += int64(len(pcm))
	if c.GetFormat().GetSampleRateHz() == 16000 {
		pcm = a.down.Resample(nil, pcm)
	}
	var fresh []mediatest.Range
	for _, n := range a.decoder.Write(pcm) {
		fresh = mediatest.AddTo(fresh, n)
	}
	if len(fresh) == 0 {
		return
	}
	line, err := json.Marshal(Entry{
		At: time.Now(), Call: c.GetSession().GetCallId(), Session: c.GetSession().GetSessionId(),
		Frames: pairs(fresh), Samples: a.samples,
	})
	if err == nil {
		_, _ = b.ledger.Write(append(line, '\n')) // a test misses what is not there
	}
}
