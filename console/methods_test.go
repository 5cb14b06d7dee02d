package console

import (
	"net/http"
	"testing"
)

func TestAMethodThatIsNotServedIsAnsweredWithThoseThatAre(t *testing.T) {
	b := newBench(t, 8)
	for _, one := range []struct{ method, path, allow string }{
		{http.MethodPost, "/api/v1/queues", "GET, HEAD"},
		{http.MethodOptions, "/api/v1/session", "GET, HEAD, POST, DELETE"},
		{http.MethodDelete, "/", "GET, HEAD"},
	} {
		resp, _ := b.ask(t, one.method, one.path)
		if got := resp.Header.Get("Allow"); resp.StatusCode != http.StatusMethodNotAllowed || got != one.allow {
			t.Errorf("%s %s: %d, Allow: %s", one.method, one.path, resp.StatusCode, got)
		}
	}
}

func TestWhatIsRefusedAtTheDoorIsKeptByNobody(t *testing.T) {
	b := newBench(t, 8)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+"/api/v1/queues", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	h := resp.Header
	if resp.StatusCode != http.StatusMisdirectedRequest || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", resp.StatusCode, h)
	}
}
