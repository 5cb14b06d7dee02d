package console

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// A stage is where supervisors answer at once, of one call that may go to another queue.
type stage struct {
	floor

	mu    sync.Mutex
	queue string
	on    []call.Supervision
	told  []string
}

func (s *stage) live() []call.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []call.Record{{Tenant: "acme", Call: "c", Queue: s.queue}}
}

func (s *stage) List(context.Context, string, call.ID) ([]call.Supervision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.on), nil
}

func (s *stage) Begin(_ context.Context, _ string, _ call.ID, r Supervise) (call.Supervision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = []call.Supervision{{ID: "1", Call: "c", Mode: r.Mode, By: r.Actor, On: true}}
	return s.on[0], nil
}

func (s *stage) Change(_ context.Context, _ string, _ call.ID, _ string, m call.Mode, actor string) (call.Supervision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, string(m)+" by "+actor)
	return s.on[0], nil
}

func (s *stage) End(_ context.Context, _ string, _ call.ID, _, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.told = nil, append(s.told, "end by "+actor)
	return nil
}

func TestASupervisionEndsWithTheRightToIt(t *testing.T) {
	billing := access.Grant{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}
	for name, tc := range map[string]struct {
		lose func(b *bench, s *stage, cookie string) error
		told []string
	}{
		"nothing was lost": {func(*bench, *stage, string) error { return nil }, nil},
		"other roles, with the right among them": {func(b *bench, _ *stage, _ string) error {
			return b.door.Grant(t.Context(), "jean", []access.Grant{{Role: access.Admin, Tenant: access.AllTenants}})
		}, nil},
		"another role": {func(b *bench, _ *stage, _ string) error {
			return b.door.Grant(t.Context(), "jean", []access.Grant{{Role: access.Viewer, Tenant: "acme"}})
		}, []string{"hand-back by policy", "end by policy"}},
		"the account is removed": {func(b *bench, _ *stage, _ string) error { return b.door.Remove(t.Context(), "jean") }, []string{"hand-back by policy", "end by policy"}},
		"the account is locked":  {func(b *bench, _ *stage, _ string) error { return b.door.Disable(t.Context(), "jean", true) }, []string{"hand-back by policy", "end by policy"}},
		"the session is over":    {func(b *bench, _ *stage, cookie string) error { return b.door.SignOut(t.Context(), cookie) }, []string{"hand-back by policy", "end by policy"}},
		"the call goes to a queue of others": {func(_ *bench, s *stage, _ string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.queue = "sales"
			return nil
		}, []string{"hand-back by policy", "end by policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stage{queue: "billing"}
			b := newBench(t, 8, func(c *Config) { c.Live, c.Supervisors = s.live, s })
			if err := b.door.Add(t.Context(), "jean", []access.Grant{billing}); err != nil {
				t.Fatal(err)
			}
			link, err := b.door.Link(t.Context(), "jean")
			if err != nil {
				t.Fatal(err)
			}
			cookie, _, err := b.door.Redeem(t.Context(), link)
			if err != nil {
				t.Fatal(err)
			}
			page := b.browser(t)
			page.cookie = &http.Cookie{Name: "callward", Value: cookie}
			if code, body := page.do(http.MethodPost, "calls/c/supervision", map[string]string{"mode": "take-over", "phone": "jean"}); code != http.StatusCreated {
				t.Fatalf("%d %s", code, body)
			}
			b.console.endStreams() // so that nobody but this test looks
			if err := tc.lose(b, s, cookie); err != nil {
				t.Fatal(err)
			}
			stands := b.console.stands(t.Context(), overseen{"acme", "c", "1"})
			s.mu.Lock()
			told := s.told
			s.mu.Unlock()
			noted := strings.Contains(b.audit.took(), "acme user:jean take-over: revoked: the right to it is gone, call c\n")
			if stands != (tc.told == nil) || !slices.Equal(told, tc.told) || noted == stands {
				t.Errorf("it goes on: %v; done: %v; audited: %v", stands, told, noted)
			}
		})
	}
}

func TestTheRightToASupervisionIsLookedAtUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{on: []call.Supervision{{ID: "1", Mode: call.Listen, On: true}}}
		c := New(Config{Live: s.live, Supervisors: s, Log: slog.New(slog.DiscardHandler)})
		defer c.endStreams()
		ctx := context.WithValue(t.Context(), visitKey{}, visit{who: access.Principal{Name: "user:jean"}, badge: signin.Badge{Cookie: "of nobody any more"}})
		c.oversee(ctx, call.Record{Tenant: "acme", Call: "c"}, "1")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if !slices.Equal(s.told, []string{"end by policy"}) || len(c.overseen.by) > 0 {
			t.Errorf("after 3 s: %v, %d looked after", s.told, len(c.overseen.by))
		}
	})
}
