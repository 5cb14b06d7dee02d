package console

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/sip"
)

// callable lets pages call line, which answers, and full, which turns them away.
func callable(served chan<- *webcall.Leg) func(*Config) {
	return func(c *Config) {
		c.Live = func() []call.Record {
			return []call.Record{{Tenant: "default", Call: "7", State: "greeting", Caller: "web", Sound: &call.Sound{Codec: "opus", MOS: 4.3}}}
		}
		c.WebCalls = webcall.New(webcall.Config{
			Policy: func() webcall.Policy {
				return webcall.Policy{Numbers: []string{"line", "full", "deaf"}, Calls: 3, Minute: 5}
			},
			NewID: func() call.ID { return "7" }, Now: time.Now,
			Serve: func(l *webcall.Leg) {
				switch l.Number() {
				case "full":
					_ = l.Reject(context.Background(), sip.Overload)
				case "deaf":
					_ = l.Reject(context.Background(), sip.NotAcceptable)
				default:
					_ = l.Answer(context.Background(), append([]byte("answer to "), l.Offer()...))
					served <- l
					<-l.Done()
				}
			},
		})
	}
}

func (b *bench) offer(t *testing.T, to string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+webCallsPath+to, strings.NewReader("v=0"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/sdp")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestAWebPageCallsAndHangsUp(t *testing.T) {
	served := make(chan *webcall.Leg, 1)
	b := newBench(t, 100, callable(served))
	resp, body := b.offer(t, "")
	at := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusCreated || body != "answer to v=0" || resp.Header.Get("Content-Type") != "application/sdp" || !strings.HasPrefix(at, webCallsPath+"/") {
		t.Fatalf("%d %q %v", resp.StatusCode, body, resp.Header)
	}
	leg := <-served
	if o := leg.Media(); !o.ICE || !o.Peer.IsLoopback() || !o.Local.IsLoopback() {
		t.Errorf("sound goes by %+v", o)
	}
	resp, body = b.ask(t, http.MethodGet, at)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"state":"greeting"`) || !strings.Contains(body, `"codec":"opus"`) || strings.Contains(body, "tenant") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if resp, _ := b.ask(t, http.MethodPatch, at); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("trickled candidates: %d", resp.StatusCode)
	}
	if resp, _ := b.ask(t, http.MethodDelete, at); resp.StatusCode != http.StatusNoContent {
		t.Errorf("hung up with %d", resp.StatusCode)
	}
	if <-leg.Done(); leg.Cause() != sip.Normal {
		t.Error(leg.Cause())
	}
	_ = b.console.cfg.WebCalls.Wait(t.Context())
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if resp, _ := b.ask(t, method, at); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a call that is over: %d", method, resp.StatusCode)
		}
	}
}

func TestACallFromAWebPageIsRefusedWithAReason(t *testing.T) {
	b := newBench(t, 100, callable(nil))
	for _, c := range []struct {
		to      string
		headers []string
		status  int
		says    string
	}{
		{"?to=%2B33899000000", nil, http.StatusNotFound, "cannot be called from a web page"},
		{"?to=full", nil, http.StatusServiceUnavailable, "takes no calls"},
		{"?to=deaf", nil, http.StatusUnprocessableEntity, "must bring ICE"},
		{"", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden, "another site"},
		{"?to=" + strings.Repeat("9", 65), nil, http.StatusUnprocessableEntity, "length"},
	} {
		if resp, body := b.offer(t, c.to, c.headers...); resp.StatusCode != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%q %v: %d %s", c.to, c.headers, resp.StatusCode, body)
		}
	}
	var resp *http.Response
	for range 6 {
		resp, _ = b.offer(t, "?to=full")
	}
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("more than the rate: %d", resp.StatusCode)
	}
}

// Captions are of the one call, from its beginning, and tell nothing of how the line decides.
func TestThePageOfACallerReadsItsOwnCaptionsAlone(t *testing.T) {
	served := make(chan *webcall.Leg, 1)
	b := newBench(t, 100, callable(served))
	b.journal.Append(call.Entry{Call: "7", Kind: call.KindBotSaid, Text: redact.Authored("before the call")})
	resp, _ := b.offer(t, "")
	leg := <-served
	b.journal.Append(call.Entry{Call: "8", Kind: call.KindBotSaid, Text: redact.Authored("to another")})
	b.journal.Append(call.Entry{Call: "7", Kind: call.KindBotSaid, Text: redact.Authored("hello")})
	b.journal.Append(call.Entry{Call: "7", Kind: call.KindIntent, Intent: &call.Scored{Name: "billing", Confidence: 1}})
	b.journal.Append(call.Entry{Call: "7", Kind: call.KindEnded, Reason: "a secret"})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+resp.Header.Get("Location")+"/captions", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	var got strings.Builder
	for s := bufio.NewScanner(stream.Body); s.Scan() && !strings.Contains(got.String(), "call.ended"); {
		got.WriteString(s.Text() + "\n")
	}
	for text, there := range map[string]bool{"hello": true, "before": false, "another": false, "billing": false, "secret": false} {
		if strings.Contains(got.String(), text) != there {
			t.Errorf("%q there: %v in\n%s", text, !there, got.String())
		}
	}
	if resp, _ := b.ask(t, http.MethodGet, webCallsPath+"/7/captions"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("who knows the call's name reads: %d", resp.StatusCode)
	}
	_ = leg.Hangup(t.Context(), sip.Normal)
	_ = b.console.cfg.WebCalls.Wait(t.Context())
}
