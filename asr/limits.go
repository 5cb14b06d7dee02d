package asr

import (
	"cmp"
	"errors"
	"slices"
	"time"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// errRenewed ends an attempt whose engine listens no longer than this.
var errRenewed = errors.New("asr: the longest stream of the engine is over")

// defaultChunk is the largest audio message of an engine that does not say, in bytes.
const defaultChunk = 64 << 10

// limits are what an engine takes of one stream, by its capabilities as far as they are
// known.
type limits struct {
	hints  int           // 0: any number
	chunk  int64         // samples of an audio message
	stream time.Duration // 0: as long as may be
}

// limits gives those for samples of a size.
func (p *provider) limits(e Encoding) limits {
	caps := p.Client.known.Load()
	if caps == nil {
		caps = &Capabilities{}
	}
	bytes := cmp.Or(max(caps.MaxChunk, 0), defaultChunk)
	if e == Linear16 {
		bytes /= 2
	}
	return limits{hints: caps.MaxHints, chunk: int64(max(bytes, 1)), stream: caps.MaxStream}
}

// few cuts hints to as many as the engine takes: the choices of a menu come first, and
// of the others those that stand first.
func (l limits) few(all []*asrv1.Hint) []*asrv1.Hint {
	if l.hints <= 0 || len(all) <= l.hints {
		return all
	}
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *asrv1.Hint) int {
		return cmp.Compare(rankOf(a), rankOf(b))
	})
	return out[:l.hints]
}

func rankOf(h *asrv1.Hint) int {
	if h.GetClass() == HintMenu {
		return 0
	}
	return 1
}

// fit gives a request as the engine takes it. The request is shared with other engines,
// and stays as it is.
func (l limits) fit(r *asrv1.StreamingRecognizeRequest) *asrv1.StreamingRecognizeRequest {
	u := r.GetUpdate()
	few := l.few(u.GetHints())
	if len(few) == len(u.GetHints()) {
		return r
	}
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: &asrv1.Update{
		LanguageCodes: u.GetLanguageCodes(), Hints: few, ReplaceHints: u.GetReplaceHints(),
		Endpointing: u.GetEndpointing(), Expect: u.GetExpect(), ExpectLength: u.GetExpectLength(),
	}}}
}

// When a stream is renewed: at the first silence in the last quarter of its time, or
// else so long before its end.
const renewLast = time.Second

// ages reports whether an attempt is to make room for the next. What its engine has not
// finished is heard anew, so that nothing is lost: but to do so in a silence costs nobody
// time.
func (a *attempt) ages(now time.Time, silence bool) bool {
	longest := a.limits.stream
	if longest <= 0 || a.opened.IsZero() {
		return false
	}
	age := now.Sub(a.opened)
	return silence && age >= longest*3/4 || age >= longest-min(renewLast, longest/8)
}

// restful reports whether nobody speaks, and the engine owes nothing; mu is held.
func (s *Stream) restful(a *attempt) bool {
	return !a.owing && !a.watch.busy() && (s.gate.shut || s.paused || a.silence)
}
