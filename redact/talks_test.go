package redact_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callward/callward/redact/corpus"
)

// talk is a dialogue of testdata/talks: see en.txt there.
type talk struct {
	corpus.Dialogue
	decoy bool
}

func talks(t *testing.T, lang string) []talk {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "talks", lang+"*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []talk
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // of the test
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, parseTalk(lang, filepath.Base(file)+":"+strconv.Itoa(i+1), line))
			}
		}
	}
	return out
}

func parseTalk(lang, id, line string) talk {
	d := talk{decoy: true}
	d.ID, d.Lang = id, lang
	if head, rest, found := strings.Cut(line, ": "); found {
		if spans := secretsOf(head); spans != nil {
			d.Kind, d.decoy, line, d.Spans = spans[0].Type, false, rest, spans
			if strings.HasPrefix(head, "switch") {
				d.Kind = "language_switch"
			}
		}
	}
	partial := false
	for i, said := range strings.Split(line, " | ") {
		turn := corpus.Turn{AtMs: int64(3000 * i), Who: "caller", Utt: i, Final: true, Text: said}
		switch what, text, _ := strings.Cut(said, " "); what {
		case "B":
			turn.Who, turn.Text = "bot", text
		case "K":
			turn.Src, turn.Text = "dtmf", text+"#"
		case "P":
			turn.Final, turn.Text = false, text
		}
		if partial && turn.Who == "caller" { // of the same utterance
			turn.Utt = d.Turns[len(d.Turns)-1].Utt
		}
		partial = !turn.Final
		for _, part := range strings.Split(turn.Text, "<")[1:] {
			phrase, _, _ := strings.Cut(part, ">")
			d.Keep = append(d.Keep, phrase)
		}
		turn.Text = strings.NewReplacer("<", "", ">", "").Replace(turn.Text)
		d.Turns = append(d.Turns, turn)
	}
	return d
}

// secretsOf reads "pan 4111111111111111 cvv 274"; nil if it is something else. "switch" is a
// card of which parts are said in the other language.
func secretsOf(head string) (out []corpus.Span) {
	words := strings.Fields(head)
	for i := 0; i+1 < len(words); i += 2 {
		kind := words[i]
		if kind == "switch" {
			kind = "pan"
		}
		if !slices.Contains([]string{"pan", "cvv", "iban", "nir"}, kind) {
			return nil
		}
		out = append(out, corpus.Span{Type: kind, Digits: words[i+1]})
	}
	return out
}

// inTurn gives what of a turn must be readable: all of it but for what is in (( )).
func inTurn(text string) (parts []string, said string) {
	rest := text
	for rest != "" {
		before, after, _ := strings.Cut(rest, "((")
		if before = strings.TrimSpace(before); before != "" {
			parts = append(parts, before)
		}
		_, rest, _ = strings.Cut(after, "))")
	}
	return parts, strings.NewReplacer("((", "", "))", "").Replace(text)
}

// settled joins what the finals show, with what was released later in its place.
func settled(events []event) string {
	var out strings.Builder
	for _, e := range events {
		if !e.turn.Final {
			continue
		}
		shown := e.shown
		before := out.String()
		if at := strings.LastIndex(before, "[…]"); at >= 0 && e.released != "" {
			out.Reset()
			out.WriteString(before[:at] + e.released + before[at+len("[…]"):])
			shown = strings.TrimPrefix(shown, e.released)
		}
		out.WriteString(strings.TrimSpace(shown) + " | ")
	}
	return out.String()
}

// TestTalksOfEveryKind runs dialogues that were written by hand in styles that the
// generator does not know.
func TestTalksOfEveryKind(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		sc := newScore()
		n := 0
		for _, d := range talks(t, lang) {
			n++
			if !d.decoy {
				for _, fault := range sc.run(d.Dialogue) {
					t.Error(d.ID, fault)
				}
				if testing.Verbose() {
					t.Log(d.ID, settled(eventsOf(d.Dialogue)))
				}
				continue
			}
			var keep []string
			for i := range d.Turns {
				parts, said := inTurn(d.Turns[i].Text)
				d.Turns[i].Text = said
				if d.Turns[i].Final {
					keep = append(keep, parts...)
				}
			}
			events := eventsOf(d.Dialogue)
			joined := settled(events)
			for _, phrase := range keep {
				if !contains(joined, phrase) {
					t.Errorf("%s: lost %q in %q", d.ID, phrase, joined)
				}
			}
		}
		if n < 350 {
			t.Errorf("%s: only %d talks", lang, n)
		}
	}
}
