package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/apitoken"
	"github.com/callward/callward/internal/records"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/router/queue"
)

// Records that a server exported, of calls on a small line in each language.
const (
	recordEN = "../../internal/story/testdata/line.en.json"
	recordFR = "../../internal/story/testdata/line.fr.json"
	lineFile = "../../internal/story/testdata/line.yaml"
)

func read(t *testing.T, file string) call.Record {
	t.Helper()
	all, err := story.ReadFile(file, nil)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d records: %v", len(all), err)
	}
	return all[0].Record
}

// serveCalls serves the HTTP API of a server that remembers calls.
func serveCalls(t *testing.T, calls ...call.Record) (address string) {
	t.Helper()
	kept := records.NewMemory(100)
	for _, r := range calls {
		if err := kept.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	door := signin.New(signin.Config{Client: client, Now: time.Now})
	door.TrustLocal("of a test")
	t.Setenv(apitoken.Env, "of a test")
	s := console.New(console.Config{
		Version: "test", SignIn: door, Records: kept, Journal: call.NewJournal(10, time.Now), Log: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler(),
		Live: func() []call.Record { return nil },
		Pools: func() []console.Pool {
			return []console.Pool{{Tenant: "default", Snapshot: func(context.Context) (queue.Snapshot, error) { return queue.Snapshot{}, nil }}}
		},
	})
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		h.Close()
		_ = s.Close()
	})
	return strings.TrimPrefix(h.URL, "http://")
}

func TestExplainTellsACallOfAServerAndOfAFileTheSame(t *testing.T) {
	for language, file := range map[string]string{"en": recordEN, "fr": recordFR} {
		r := read(t, file)
		server := serveCalls(t, r)
		there, err := execute(t, "explain", string(r.Call), "--server", server, "--lang", language)
		if err != nil {
			t.Fatal(err)
		}
		here, err := execute(t, "explain", "--file", file, "--lang", language)
		if err != nil || here != there {
			t.Errorf("%v; from a file\n%s\nfrom the server\n%s", err, here, there)
		}
		if strings.Contains(here, "\x1b") || !strings.Contains(here, "\n 1  ") {
			t.Errorf("got\n%s", here)
		}
	}
}

func TestExplainReadsStandardInputAndWritesJSON(t *testing.T) {
	data, err := os.ReadFile(recordEN)
	if err != nil {
		t.Fatal(err)
	}
	c := root()
	var out strings.Builder
	c.SetOut(&out)
	c.SetIn(strings.NewReader(string(data)))
	c.SetArgs([]string{"explain", "--file", "-", "--json"})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var s story.Story
	if err := json.Unmarshal([]byte(out.String()), &s); err != nil || len(s.Turns) < 3 || s.Turns[0].Act != story.Opening {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestExplainSaysWhatToDoNext(t *testing.T) {
	r := read(t, recordEN)
	server := serveCalls(t, r)
	for what, tc := range map[string]struct {
		args []string
		want []string
	}{
		"no such call":  {[]string{"nope", "--server", server}, []string{"no call nope, or it is no longer remembered; the latest are", string(r.Call)}},
		"none at all":   {[]string{"nope", "--server", serveCalls(t)}, []string{"remembers none"}},
		"other tenant":  {[]string{string(r.Call), "--server", server, "--tenant", "acme"}, []string{"there is no such tenant; there are: default"}},
		"server down":   {[]string{"nope", "--server", "127.0.0.1:1"}, []string{"no server answers on http://127.0.0.1:1", "--server", "--file"}},
		"no server":     {[]string{"--server", "ftp://x"}, []string{"want HOST:PORT or a URL"}},
		"no such file":  {[]string{"--file", "gone.json"}, []string{"gone.json: no such file"}},
		"not in a file": {[]string{"nope", "--file", recordEN}, []string{"no call nope in", string(r.Call)}},
		"no record":     {[]string{"--file", lineFile}, []string{"line.yaml:1: this is no JSON"}},
		"language":      {[]string{"--lang", "de"}, []string{"allowed: en, fr"}},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := execute(t, append([]string{"explain"}, tc.args...)...)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}

func TestExplainFindsTheServerOfTheConfiguration(t *testing.T) {
	r := read(t, recordEN)
	t.Setenv("CALLWARD_HTTP", serveCalls(t, r))
	out, err := execute(t, "explain")
	if err != nil || !strings.HasPrefix(out, string(r.Call)+"  ") || strings.Count(out, "\n") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAListOfCallsIsBoundedAndMayBeJSON(t *testing.T) {
	var calls []call.Record
	for i := range 5 {
		calls = append(calls, call.Record{Tenant: "default", Call: call.ID(rune('a' + i)), Started: time.Unix(int64(i), 0), State: "ended"})
	}
	server := serveCalls(t, calls...)
	out, err := execute(t, "explain", "--server", server, "--last", "2", "--json")
	var got []call.Record
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || len(got) != 2 || got[0].Call != "e" {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = execute(t, "explain", "--server", serveCalls(t)); err != nil || !strings.Contains(out, "remembers no call") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestANarrowPageIsNotOverrun(t *testing.T) {
	out, err := execute(t, "explain", "--file", recordFR, "--lang", "fr", "--width", "50")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 50 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// changed writes the small line with changes.
func changed(t *testing.T, edit ...string) string {
	t.Helper()
	data, err := os.ReadFile(lineFile)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(edit...).Replace(string(data))
	if text == string(data) {
		t.Fatalf("nothing of %q is in %s", edit, lineFile)
	}
	file := filepath.Join(t.TempDir(), "line.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
