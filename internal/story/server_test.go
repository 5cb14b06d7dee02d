package story

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a server that says the same to all.
func answering(t *testing.T, status int, kind, body string) Server {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(h.Close)
	s, err := ParseServer(strings.TrimPrefix(h.URL, "http://"), "default")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsWrongWithAServerIsSaid(t *testing.T) {
	const jsonType, problem = "application/json", "application/problem+json"
	for what, tc := range map[string]struct {
		server Server
		want   string
	}{
		"down":              {Server{URL: "http://127.0.0.1:1"}, "no server answers on http://127.0.0.1:1: does it run, and is --server right?"},
		"another program":   {answering(t, 200, "text/html", "<html>"), "answers 200 OK with text/html: is that the HTTP address of a Callward server?"},
		"unavailable":       {answering(t, 503, problem, `{"detail":"not just now"}`), "says 503: not just now"},
		"no record":         {answering(t, 200, jsonType, `{}`), "call: missing"},
		"nonsense":          {answering(t, 200, jsonType, `{"call":"a","journal":[{"kind":1}]}`), "/api/v1/calls/x%2F..: journal[0].kind: want a text"},
		"deep":              {answering(t, 200, jsonType, strings.Repeat("[", 5000)), "nested too deeply"},
		"escapes in errors": {answering(t, 500, problem, `{"detail":"\u001b[2J"}`), "says 500: ·[2J"},
	} {
		t.Run(what, func(t *testing.T) {
			if _, err := tc.server.Record(t.Context(), "x/.."); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
	if _, err := answering(t, 404, problem, `{"detail":"no such call"}`).Record(t.Context(), "x"); !errors.Is(err, ErrNoCall) {
		t.Errorf("got %v", err)
	}
}

func TestTheLatestCallsAreTheNewestOfAllTenants(t *testing.T) {
	s := answering(t, 200, "application/json", `{"live":[{"call":"c","started":"2026-01-05T10:00:00Z"}],
		"recent":[{"call":"b","started":"2026-01-05T09:00:00Z"},{"call":"a","started":"2026-01-05T08:00:00Z"},{"call":"d","started":"2026-01-05T11:00:00Z"}]}`)
	calls, err := s.Latest(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, r := range calls {
		got += string(r.Call)
	}
	if got != "dcb" {
		t.Errorf("got %s", got)
	}
}

func TestAnAddressIsHostAndPortOrAURL(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:8080": "http://[::1]:8080", "http://localhost:8080/": "http://localhost:8080",
		"https://calls.example/callward": "https://calls.example/callward", "ftp://x": "", "http://": "", "": "", "http://a:b@c": "", "http://h?x=1": "", ":::": "",
	} {
		s, err := ParseServer(address, "")
		if s.URL != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", address, s.URL, err)
		}
	}
}
