package call_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// shop is a system that answers when it is let, or when the caller has gone.
type shop struct {
	mu    sync.Mutex
	asked []assistant.Question
	open  chan assistant.Answer
	ended chan error
}

func (s *shop) Ask(ctx context.Context, q assistant.Question) assistant.Answer {
	s.mu.Lock()
	s.asked = append(s.asked, q)
	s.mu.Unlock()
	select {
	case a := <-s.open:
		return a
	case <-ctx.Done():
		s.ended <- ctx.Err()
		return assistant.Answer{Outcome: assistant.Failed, Why: "the call has ended"}
	}
}

func (s *shop) questions() []assistant.Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func newShop() *shop { return &shop{open: make(chan assistant.Answer, 1), ended: make(chan error, 1)} }

func TestAWebhookIsAskedAndItsAnswerHeard(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, "../router/assistant/testdata/webhooks/orders.yaml", "I want to complain")
	s := newShop()
	b.deps.Hooks = s
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindFiller)
	q := s.questions()
	if len(q) != 1 || q[0].Key != "c1-hook-1" || q[0].Language != "en" || q[0].Fields["language"] != redact.Authored("en") {
		t.Fatalf("asked %+v", q)
	}
	s.open <- assistant.Answer{Outcome: assistant.Answered}
	if e := b.await(call.KindHook); e.Reason != "complain: answered" || e.Duration <= 0 {
		t.Errorf("%+v", e)
	}
	eventually(t, "the answer is spoken", func() bool {
		return strings.Contains(b.story(), "I have noted that.") && b.count(call.KindBotDone) == 2
	})
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestACallerWhoHangsUpEndsTheQuestion(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, "../router/assistant/testdata/webhooks/orders.yaml", "I want to complain")
	s := newShop()
	b.deps.Hooks = s
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	eventually(t, "the webhook is asked", func() bool { return len(s.questions()) == 1 })
	caller.leave()
	b.ended(done)
	if err := <-s.ended; err == nil {
		t.Error("it is still asked")
	}
	b.clean()
}

// system is one at a URL that is asked whatever the assistant says.
type system struct {
	host *webhook.Host
	url  string
}

func (s system) Ask(ctx context.Context, q assistant.Question) assistant.Answer {
	w := *q.Webhook
	w.URL, q.Webhook = s.url, &w
	return webhook.Answer(s.host.Ask(ctx, q, nil))
}

func TestASystemThatHangsHoldsNoCall(t *testing.T) {
	t.Parallel()
	ca := certstest.New(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	cert, key, _ := ca.Issue("shop", "127.0.0.1", time.Now().Add(time.Hour))
	s.TLS = ca.Client(cert, key)
	s.StartTLS()
	defer s.Close()
	host, err := webhook.NewHost(webhook.HostConfig{Private: true, CA: ca.File})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	b := newBenchOn(t, "../router/assistant/testdata/webhooks/orders.yaml", "I want to complain")
	b.deps.Hooks = system{host, s.URL}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindFiller)
	if e := b.await(call.KindHook); e.Reason != "complain: failed: it was late" {
		t.Errorf("%+v", e)
	}
	b.await(call.KindQueued)
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestALineWithoutWebhooksLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, "../router/assistant/testdata/webhooks/orders.yaml", "I want to complain")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	if e := b.await(call.KindHook); e.Reason != "complain: failed: this line has no webhooks" {
		t.Errorf("%+v", e)
	}
	b.await(call.KindQueued)
	caller.leave()
	b.ended(done)
	b.clean()
}
