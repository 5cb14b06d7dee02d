package redact_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

type sampleTurn struct {
	Who   string `json:"who"`
	Src   string `json:"src"`
	Utt   int    `json:"utt"`
	Final bool   `json:"final"`
	Text  string `json:"text"`
}

type sampleDialogue struct {
	ID    string       `json:"id"`
	Lang  string       `json:"lang"`
	Kind  string       `json:"kind"`
	Turns []sampleTurn `json:"turns"`
	Spans []struct {
		Type   string `json:"type"`
		Digits string `json:"digits"`
	} `json:"spans"`
	Keep []string `json:"keep"`
}

// shownOf gives the texts a dialogue shows: the finals joined; and each event
// alone, each partial after the finals before it, and everything together. The
// share of words that stayed in partials is counted in words.
func shownOf(d sampleDialogue, words *share) (finals string, views []string) {
	r := redact.New(d.Lang)
	var all []string
	var out strings.Builder
	see := func(s string, final bool) {
		all = append(all, s)
		if final {
			out.WriteString(s + "\n")
			views = append(views, s)
		} else {
			views = append(views, s, out.String()+s)
		}
	}
	for _, t := range d.Turns {
		switch {
		case t.Who == "bot":
			see(r.Speech(t.Text).String(), true)
		case t.Src == "dtmf":
			for _, k := range []byte(t.Text) {
				if res, done := r.Press(k); done {
					see(res.Text.String(), true)
				}
			}
		case t.Final:
			see(r.Final(string(rune('a'+t.Utt)), redact.RawText(t.Text)).Text.String(), true)
		default:
			p := r.Partial(string(rune('a'+t.Utt)), redact.RawText(t.Text)).String()
			see(p, false)
			words.add(len(strings.Fields(strings.ReplaceAll(p, "[…]", ""))), len(strings.Fields(t.Text)))
		}
	}
	see(r.EndKeys().Text.String(), true)
	views = append(views, out.String(), strings.Join(all, "\n"))
	return out.String(), views
}

// share is a part of a whole.
type share struct{ part, whole int }

func (s *share) add(part, whole int) { s.part, s.whole = s.part+part, s.whole+whole }

func (s *share) count(ok bool) {
	s.whole++
	if ok {
		s.part++
	}
}

func (s *share) percent() float64 { return 100 * float64(s.part) / float64(max(s.whole, 1)) }

func (s *share) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", s.part, s.whole, s.percent())
}

func samples(t *testing.T) []sampleDialogue {
	t.Helper()
	dir := os.Getenv("CALLWARD_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	file := filepath.Join(dir, "data", "redaction-sample.jsonl")
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("NOT TESTED on dictated numbers: %s is missing; set CALLWARD_TESTDATA to the folder that holds data/", file)
	}
	defer func() { _ = f.Close() }()
	var out []sampleDialogue
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d sampleDialogue
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// TestDictatedNumbersStayHidden runs the dialogues that were collected for
// redaction, and says how much leaks and how much stays useful.
func TestDictatedNumbersStayHidden(t *testing.T) {
	readers := map[string]*reader{"en": newReader("en"), "fr": newReader("fr")}
	var leaks, strict, kept, decoys, words, secretWords share
	for _, d := range samples(t) {
		partials := &secretWords
		if len(d.Spans) == 0 {
			partials = &words
		}
		finals, views := shownOf(d, partials)
		for _, s := range d.Spans {
			n := worst(readers[d.Lang], views, strings.TrimLeft(s.Digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			limit := 6
			if s.Type == "cvv" {
				limit = len(s.Digits) - 1
			}
			leaks.count(n > limit)
			strict.count(n > min(limit, 4))
			if n > limit {
				t.Errorf("%s %s: %d digits of a %s can be read in %q", d.ID, d.Kind, n, s.Type, finals)
			}
		}
		for _, k := range d.Keep {
			ok := strings.Contains(strings.ToLower(finals), strings.ToLower(k))
			kept.count(ok)
			if len(d.Spans) == 0 {
				decoys.count(ok)
			}
			if !ok {
				t.Logf("%s %s: lost %q", d.ID, d.Kind, k)
			}
		}
	}
	t.Logf("leaks: %v, more than four digits in a row: %v", &leaks, &strict)
	t.Logf("phrases kept: %v, in decoys: %v; words kept in partials of decoys: %v", &kept, &decoys, &words)
	if kept.percent() < 90 || decoys.percent() < 80 || words.percent() < 65 {
		t.Error("too little stays readable")
	}
}

func worst(r *reader, views []string, secret string) int {
	n := 0
	for _, v := range views {
		n = max(n, r.readable(v, secret))
	}
	return n
}
