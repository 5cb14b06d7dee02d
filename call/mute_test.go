package call_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// A phone that is mute may send nothing at all, for as long as its owner likes: the call
// ends when the phone does not know it any more.
func TestACallerWhoIsMuteIsAskedBeforeTheCallEnds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	engine, err := media.New(media.Config{PortMin: 43000, PortMax: 43099, SilentAfter: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(t.Context()) })
	t.Cleanup(wg.Wait)
	b.deps.Lines = engine
	phone, err := mediatest.NewPeer("")
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	w := &wired{newPeer(t, b.engine), phone, make(chan *sdp.Remote, 1)}
	w.asks = make(chan error)
	done := b.live("c1", w)
	for range 3 { // again and again
		w.asks <- nil
	}
	if n := b.count(call.KindEnded); n != 0 {
		t.Error("the call of a phone that answers was ended")
	}
	w.asks <- errors.New("481")
	b.ended(done)
	if end := b.await(call.KindEnded); !strings.HasPrefix(end.Reason, string(call.CauseLost)) {
		t.Errorf("ended with %q", end.Reason)
	}
	b.clean()
}
