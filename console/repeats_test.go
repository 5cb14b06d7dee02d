package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Who asks for a token again, as after an answer that was lost, has the one there is.
func TestARequestWithAKeyIsDoneOnce(t *testing.T) {
	b := newBench(t, 10)
	ask := func(key, name string) (int, string) {
		return b.browser(t).do("POST", "tokens", map[string]any{"name": name, "grants": []string{"viewer@acme"}, "life_seconds": 3600},
			"Authorization", "Bearer "+b.token, "Idempotency-Key", key)
	}
	status, first := ask("k1", "board")
	if status != http.StatusOK && status != http.StatusCreated {
		t.Fatal(status, first)
	}
	if again, text := ask("k1", "board"); again != status || text != first {
		t.Errorf("asked again: %d %s, and first %d %s", again, text, status, first)
	}
	if status, text := ask("k1", "wall"); status != http.StatusUnprocessableEntity || !strings.Contains(text, "another request") {
		t.Errorf("the key for something else: %d %s", status, text)
	}
	if status, text := ask("k2", "board"); text == first {
		t.Errorf("another key: %d %s", status, text)
	}
	if status, text := ask(strings.Repeat("k", 129), "board"); status != http.StatusUnprocessableEntity {
		t.Errorf("a key of 129 characters: %d %s", status, text)
	}
}

// What was refused may be put right and asked with the same key.
func TestAKeyOfWhatWasRefusedIsFree(t *testing.T) {
	b := newBench(t, 10)
	for _, try := range []struct {
		grants string
		ok     bool
	}{{"nothing@acme", false}, {"viewer@acme", true}} {
		status, text := b.browser(t).do("POST", "tokens", map[string]any{"name": "board", "grants": []string{try.grants}, "life_seconds": 3600},
			"Authorization", "Bearer "+b.token, "Idempotency-Key", "k")
		if (status < 300) != try.ok {
			t.Errorf("%s: %d %s", try.grants, status, text)
		}
	}
}

// Two at once with one key do one thing: the second is told to come again.
func TestARequestWhoseFirstIsBeingAnsweredWaits(t *testing.T) {
	begun, release := make(chan struct{}, 2), make(chan struct{})
	b := newBench(t, 10, func(c *Config) {
		c.Reload = func(context.Context, string) (Reloaded, error) {
			begun <- struct{}{}
			<-release
			return Reloaded{File: "callward.yaml"}, nil
		}
	})
	ask := func() (int, string) {
		return b.browser(t).do("POST", "reload", nil, "Authorization", "Bearer "+b.token, "Idempotency-Key", "k")
	}
	first := make(chan string)
	go func() {
		_, text := ask()
		first <- text
	}()
	<-begun
	if status, text := ask(); status != http.StatusConflict {
		t.Errorf("%d %s", status, text)
	}
	close(release)
	text := <-first
	if status, again := ask(); status != http.StatusOK || again != text || len(begun) != 0 {
		t.Errorf("%d %s, and first %s; done %d times more", status, again, text, len(begun))
	}
}

func TestAnswersAreKeptForTenMinutesAndAThousandOfThem(t *testing.T) {
	var r repeats
	now := time.Now()
	key := func(n int) repeatKey { return repeatKey{key: string(rune(n))} }
	for n := range repeatMost + 5 {
		if _, known := r.begin(key(n), [32]byte{}, now.Add(time.Duration(n))); known {
			t.Fatal(n)
		}
	}
	if len(r.kept) != repeatMost || r.kept[key(4)] != nil || r.kept[key(5)] == nil {
		t.Errorf("%d are kept", len(r.kept))
	}
	if _, known := r.begin(key(500), [32]byte{}, now.Add(repeatFor-time.Second)); !known {
		t.Error("forgotten too soon")
	}
	if _, known := r.begin(key(500), [32]byte{}, now.Add(2*repeatFor)); known || len(r.kept) != 1 {
		t.Errorf("kept too long: %v, %d", known, len(r.kept))
	}
}

func TestTheDocumentSaysWhatTakesAKey(t *testing.T) {
	b := newBench(t, 10)
	_, text := b.browser(t).do("GET", "openapi.json", nil)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	takes := map[string]bool{}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			for _, p := range op.Parameters {
				takes[op.OperationID] = takes[op.OperationID] || p.In == "header" && p.Name == "Idempotency-Key"
			}
		}
	}
	for op, want := range map[string]bool{"issue-token": true, "add-user": true, "reload": true, "supervise-call": true, "enter-call": false, "sign-in": false, "list-tokens": false} {
		if takes[op] != want {
			t.Errorf("%s takes a key: %v", op, takes[op])
		}
	}
}
