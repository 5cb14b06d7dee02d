package appraise_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/callward/callward/internal/appraise"
	"github.com/callward/callward/router/intent"
)

func TestExamplesAreReadOrRefusedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ file, language, want string }{
		"any order of columns":     {"lang,intent,text\nen,bill,\"about, my bill\"\nfr-FR,bill,ma facture\n", "", "bill: about, my bill; bill: ma facture"},
		"one language":             {"lang,intent,text\nen,bill,my bill\nfr-FR,bill,ma facture\n", "fr", "bill: ma facture"},
		"no column of language":    {"text,intent\nmy bill,bill\n", "fr", "bill: my bill"},
		"a mark of byte order":     {"\ufefftext,intent\nmy bill,bill\n", "", "bill: my bill"},
		"nothing":                  {"", "", "error: f.csv: it is empty; the first line should be text,intent"},
		"a header alone":           {"text,intent\n", "", "error: f.csv: no examples"},
		"other columns":            {"utterance,label\na,b\n", "", "error: f.csv:1: the columns are utterance,label; text and intent are needed"},
		"a row without intent":     {"text,intent\na,b\nc, \n", "", "error: f.csv:3: no intent; write oos for what is outside of all"},
		"a row with a field more":  {"text,intent\na,b,c\n", "", "error: f.csv: record on line 2: wrong number of fields"},
		"a quote that stands open": {"text,intent\n\"a,b\n", "", "error: f.csv: parse error on line 2, column 6: extraneous or missing \" in quoted-field"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := appraise.Read(strings.NewReader(c.file), "f.csv", c.language)
			var lines []string
			for _, e := range got {
				lines = append(lines, e.Intent+": "+e.Text)
			}
			if err != nil {
				lines = []string{"error: " + err.Error()}
			}
			if s := strings.Join(lines, "; "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

// lines makes examples that anybody could tell apart.
func lines(intents ...string) (all []intent.Example) {
	for _, name := range intents {
		for i := range 12 {
			all = append(all, intent.Example{Intent: name, Text: fmt.Sprintf("please help me with my %s%s %s today", name, name, strings.Repeat("now ", i%3))})
		}
	}
	return all
}

func TestFiguresAreWhatTheySay(t *testing.T) {
	train := lines("bill", "meter", "heating")
	test := append(lines("bill", "meter"),
		intent.Example{Intent: "meter", Text: "please help me with my billbill"}, // a mistake of who wrote it
		intent.Example{Intent: appraise.Outside, Text: "xylophone"},
	)
	r, err := appraise.Run(t.Context(), train, test, -1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Examples != 36 || r.Intents != 3 || r.Tested != 26 || r.OfScope != 25 || r.Threshold != appraise.Usual {
		t.Errorf("%+v", r)
	}
	if r.Recall == nil || *r.Recall != 1 || r.Best != 24./25 || r.InScope > r.Best || r.InScope < 0.8 {
		t.Errorf("recall %v, %v of %v", r.Recall, r.InScope, r.Best)
	}
	if want := (r.InScope*25 + 1) / 26; math.Abs(r.Accuracy-want) > 1e-9 {
		t.Errorf("accuracy %v, want %v", r.Accuracy, want)
	}
	if r.MacroF1 <= 0.8 || r.MacroF1 >= 1 || r.CalibrationError < 0 || r.CalibrationError > 1 || r.Micros <= 0 || r.TrainSeconds <= 0 || r.TrainCPUSeconds <= 0 {
		t.Errorf("%+v", r)
	}
	all, err := appraise.Run(t.Context(), train, test[:24], 1.1)
	if err != nil || all.Rejected != 1 || all.InScope != 0 || all.Best != 1 || all.Recall != nil {
		t.Errorf("with a threshold that nothing passes %+v, %v", all, err)
	}
	none, err := appraise.Run(t.Context(), train, test[:24], -1)
	if err != nil || none.Threshold != 0 || none.Accuracy != 1 || none.MacroF1 != 1 {
		t.Errorf("without anything outside %+v, %v", none, err)
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, figure := range []string{
		"out-of-scope recall         100.0 %",
		fmt.Sprintf(" in %.1f s (%.1f s of processor time)\n", r.TrainSeconds, r.TrainCPUSeconds),
		fmt.Sprintf("µs per utterance            %.0f (%.0f of processor time)\n", r.Micros, r.MicrosCPU),
	} {
		if !strings.Contains(out.String(), figure) {
			t.Errorf("%q is missing in\n%s", figure, out.String())
		}
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	train := lines("bill", "meter")
	if _, err := appraise.Run(t.Context(), train, lines("gas"), -1); err == nil || !strings.Contains(err.Error(), `"gas"`) {
		t.Errorf("an intent without examples: %v", err)
	}
	if _, err := appraise.Run(t.Context(), train, nil, -1); err == nil {
		t.Error("no tests")
	}
	if _, err := appraise.Run(t.Context(), nil, train, -1); err == nil {
		t.Error("nothing learnt")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := appraise.Run(ctx, train, train, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
