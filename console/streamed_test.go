package console

import (
	"net/http"
	"testing"
	"time"

	"github.com/callward/callward/internal/webcall"
)

func TestWhoAsksForAStreamByHeadGetsWhatStandsBeforeItAndTakesNoPlace(t *testing.T) {
	b := newBench(t, 8, towns, callable(make(chan *webcall.Leg, 1)), func(c *Config) { c.KeepAlive = time.Hour })
	resp, _ := b.offer(t, "")
	at := resp.Header.Get("Location")
	defer b.ask(t, http.MethodDelete, at)
	for range 3 { // a page's call has two places for its captions
		for _, path := range []string{"/api/v1/events", "/api/v1/board/events", "/api/v1/messages/events", at + "/captions"} {
			resp, body := b.ask(t, http.MethodHead, path)
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || body != "" {
				t.Errorf("%s: %d %v %q", path, resp.StatusCode, resp.Header, body)
			}
		}
	}
	if n := b.console.places.open(); n != 0 {
		t.Errorf("%d streams are open", n)
	}
	if resp, _ := b.ask(t, http.MethodHead, at+"x/captions"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("of a call that there is not: %d", resp.StatusCode)
	}
}
