package redact_test

import (
	"bufio"
	"encoding/json"
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

// shownOf gives the texts a dialogue shows: the finals joined, and each partial
// after the finals before it.
func shownOf(d sampleDialogue) (finals string, views, all []string) {
	r := redact.New(d.Lang)
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
			see(r.Partial(string(rune('a'+t.Utt)), redact.RawText(t.Text)).String(), false)
		}
	}
	see(r.EndKeys().Text.String(), true)
	views = append(views, out.String(), strings.Join(all, "\n"))
	return out.String(), views, all
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
	var secrets, leaks, kept, keeps, decoyKept, decoyKeeps int
	for _, d := range samples(t) {
		finals, views, _ := shownOf(d)
		for _, s := range d.Spans {
			secrets++
			// What may stay: six digits of a card, all but one of a code.
			limit := 6
			if s.Type == "cvv" {
				limit = len(s.Digits) - 1
			}
			digits := strings.TrimLeft(s.Digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
			for _, v := range views {
				if n := readers[d.Lang].readable(v, digits); n > limit {
					leaks++
					t.Errorf("%s %s: %d digits of a %s can be read in %q", d.ID, d.Kind, n, s.Type, v)
					break
				}
			}
		}
		for _, k := range d.Keep {
			ok := strings.Contains(strings.ToLower(finals), strings.ToLower(k))
			keeps++
			if ok {
				kept++
			}
			if len(d.Spans) == 0 {
				decoyKeeps++
				if ok {
					decoyKept++
				}
			}
			if !ok {
				t.Logf("%s %s: lost %q in %q", d.ID, d.Kind, k, finals)
			}
		}
	}
	t.Logf("%d secrets, %d leaks; %d of %d phrases kept (%.1f %%), in decoys %d of %d (%.1f %%)", secrets, leaks,
		kept, keeps, 100*float64(kept)/float64(keeps), decoyKept, decoyKeeps, 100*float64(decoyKept)/float64(decoyKeeps))
}
