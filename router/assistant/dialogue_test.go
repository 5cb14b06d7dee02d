package assistant_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts in testdata anew")

func exampleLine(tb testing.TB) *assistant.Assistant {
	tb.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// TestTranscripts plays the inputs of each testdata/*.txt to the example line
// and compares the steps. An input is
//
//	start [language=en] [keypad=en,fr]
//	said "words" [intent=NAME:0.93] [numbers=12345,67] [card=1111] [heard=fr]
//	keyed DIGITS, or keyed card=1111
//	silence, murmur, or deaf
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	a := exampleLine(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, a, string(want))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("%s differs; got:\n%s", file, got)
			}
		})
	}
}

// play answers every input of a transcript; lines that begin with # stay.
func play(t *testing.T, a *assistant.Assistant, transcript string) string {
	t.Helper()
	var out strings.Builder
	var d *assistant.Dialogue
	for block := range strings.SplitSeq(strings.TrimSpace(transcript), "\n\n") {
		asked, _, _ := strings.Cut(block, "\n----")
		input := ""
		for line := range strings.SplitSeq(asked, "\n") {
			fmt.Fprintln(&out, line)
			if !strings.HasPrefix(line, "#") {
				input = line
			}
		}
		if input == "" {
			fmt.Fprintln(&out)
			continue
		}
		words := quoted(input)
		if words[0] == "start" {
			d = a.Start(startOf(words[1:]))
		}
		if words[0] == "regained" {
			d.Regain(words[1])
			fmt.Fprintln(&out)
			continue
		}
		fmt.Fprintln(&out, "----")
		show(&out, d.Next(inputOf(t, words)))
		fmt.Fprintln(&out)
	}
	return strings.TrimSpace(out.String()) + "\n"
}

// quoted splits a line at its spaces outside quotes.
func quoted(line string) []string {
	in := false
	words := strings.FieldsFunc(line, func(r rune) bool {
		in = in != (r == '"')
		return r == ' ' && !in
	})
	for i := range words {
		words[i] = strings.Trim(words[i], `"`)
	}
	return words
}

func startOf(words []string) (s assistant.Start) {
	for _, w := range words {
		switch k, v, _ := strings.Cut(w, "="); k {
		case "language":
			s.Language = v
		case "keypad":
			s.KeypadOnly = strings.Split(v, ",")
		}
	}
	return s
}

func inputOf(t *testing.T, words []string) assistant.Input {
	t.Helper()
	in := assistant.Input{At: friday()}
	switch words[0] {
	case "start":
		in.Kind = assistant.InputStart
	case "silence":
		in.Kind = assistant.InputSilence
	case "murmur":
		in.Kind = assistant.InputUnheard
	case "deaf":
		in.Kind = assistant.InputDeaf
	case "said":
		in.Kind = assistant.InputSaid
		in.Text = redact.Authored(words[1])
		attributes(t, &in, words[2:])
	case "keyed":
		in.Kind = assistant.InputKeyed
		if strings.Contains(words[1], "=") {
			attributes(t, &in, words[1:])
			break
		}
		in.Text = redact.Authored(words[1])
		in.Numbers = []redact.Safe{in.Text}
	default:
		t.Fatalf("unknown input %q", words)
	}
	return in
}

func attributes(t *testing.T, in *assistant.Input, words []string) {
	t.Helper()
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "intent":
			name, number, _ := strings.Cut(v, ":")
			confidence, err := strconv.ParseFloat(number, 64)
			if err != nil {
				t.Fatal(err)
			}
			in.Intent = intent.Result{Name: name, Confidence: confidence}
		case "numbers":
			for n := range strings.SplitSeq(v, ",") {
				in.Numbers = append(in.Numbers, redact.Authored(n))
			}
		case "card":
			in.Findings = append(in.Findings, redact.Finding{Kind: redact.Card, Last4: v, Digits: 16, Luhn: v != ""})
		case "heard":
			in.Language = v
		default:
			t.Fatalf("unknown attribute %q", w)
		}
	}
}

func show(out *strings.Builder, s assistant.Step) {
	for _, l := range s.Say {
		mark := ""
		if l.Disclosure {
			mark += " disclosure"
		}
		if !l.Interruptible {
			mark += " to the end"
		}
		if l.Filled {
			mark += " filled"
		}
		fmt.Fprintf(out, "%s%s: %s\n", l.Language, mark, l.Text)
	}
	if l := s.Listen; l != nil {
		fmt.Fprintf(out, "listen %s in=%s length=%d keys=%d phrases=%d timeout=%s", []string{"free", "yes/no", "digits", "card", "menu", "date", "time", "amount", "number", "postcode", "phone", "code"}[l.Expect],
			strings.Join(l.Languages, ","), l.Length, l.Keys, len(l.Phrases), l.Timeout)
		if l.KeypadOnly {
			fmt.Fprint(out, " keypad only")
		}
		fmt.Fprintln(out)
	}
	if p := s.Place; p != nil {
		fmt.Fprintf(out, "place %s priority=%d intent=%s summary=%q\n", p.Queue, p.Priority, p.Intent.Name, p.Summary.Text)
	}
	if s.Hangup {
		fmt.Fprintln(out, "hang up")
	}
	if len(s.Flags) > 0 {
		fmt.Fprintln(out, "flags", strings.Join(s.Flags, ", "))
	}
	fmt.Fprintf(out, "(language=%s intent=%s) %s\n", s.Language, s.Intent, s.Reason)
}
