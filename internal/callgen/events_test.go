package callgen

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

func TestEventsAreTakenUpWhereTheyBrokeOff(t *testing.T) {
	var visits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		switch visits.Add(1) {
		case 1:
			fmt.Fprint(w, ": hello\n\nid: 7\nevent: entry\ndata: {\"seq\":7,\ndata: \"kind\":\"bot.said\",\"text\":\"hi\"}\n\nid: 8\nda")
		case 2:
			fmt.Fprintf(w, "id: 8\ndata: {\"seq\":8,\"kind\":\"after %s\"}\n\n", r.Header.Get("Last-Event-ID"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	entries, err := follow(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if e := <-entries; e.Kind != call.KindBotSaid || e.Text.String() != "hi" {
		t.Errorf("first %+v", e)
	}
	if e := <-entries; e.Kind != "after 7" {
		t.Errorf("then %+v", e)
	}
	cancel()
	for range entries {
	}
}

func TestNoEventStreamIsAnErrorInWords(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := follow(t.Context(), server.URL); err == nil {
		t.Error("no error")
	}
}

// Whatever a server sends, reading ends, and nothing but entries comes of it.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("id: 7\ndata: {\"kind\":\"bot.said\",\ndata: \"text\":\"hi\"}\n\n"))
	f.Add([]byte(": comment\r\n\r\ndata\ndata:x\n\nid\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries := make(chan call.Entry, len(data)+1)
		(&follower{entries: entries}).read(t.Context(), bytes.NewReader(data))
		close(entries)
		for e := range entries {
			if e.Kind == "" {
				t.Error("an entry that is none")
			}
		}
	})
}
