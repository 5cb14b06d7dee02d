package e2e

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/call"
)

// A request is what a caller asks for, and the intent that it means.
type request struct{ intent, lang, words string }

func requests(t *testing.T, lang string) []request {
	t.Helper()
	f, err := os.Open("testdata/requests.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []request
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Split(s.Text(), "\t")
		if strings.HasPrefix(s.Text(), "#") || len(fields) != 3 || (lang != "" && fields[1] != lang) {
			continue
		}
		all = append(all, request{fields[0], fields[1], fields[2]})
	}
	return all
}

func TestNoRequestStandsInTheAssistantFile(t *testing.T) {
	text := strings.ToLower(string(assistants.Energy))
	for _, r := range requests(t, "") {
		if strings.Contains(text, r.words) {
			t.Errorf("the assistant file holds the request %q", r.words)
		}
	}
}

// Requests are spoken in turn by these voices.
var voices = map[string][]string{
	"en": {"flite:slt", "flite:rms", "espeak:en-us"},
	"fr": {"espeak:fr", "espeak:fr-be"},
}

func TestSpokenEnglishRequestsAreUnderstood(t *testing.T) {
	needs(t, "flite", "espeak-ng")
	t.Parallel()
	l := startLine(t).ready()
	understand(t, l, "en", 0.85)
}

func TestSpokenFrenchRequestsAreUnderstoodWithTheTestModel(t *testing.T) {
	needs(t, "espeak-ng")
	t.Parallel()
	l := startLine(t, frenchModel(t)...).ready()
	understand(t, l, "fr", 0.70)
}

// understand places a call for each request and demands the share of intents
// that are right. The table is in the log.
func understand(t *testing.T, l *line, lang string, share float64) {
	t.Helper()
	all := requests(t, lang)
	rows := make([]string, len(all))
	right := make([]bool, len(all))
	atOnce(len(all), func(i int) {
		r := all[i]
		voice := voices[lang][i%len(voices[lang])]
		v := l.callUntil(t.Context(), call.KindIntent, "line-"+lang, "--lang", lang, "--voice", voice, "--say", r.words)
		got, heard, sure := "nothing", "", 0.0
		if e := v.all(call.KindIntent); len(e) > 0 {
			got, sure = e[0].Intent.Name, e[0].Intent.Confidence
		}
		if e := v.all(call.KindCallerSaid); len(e) > 0 {
			heard = e[0].Text.String()
		}
		right[i] = got == r.intent
		if got == "nothing" {
			t.Logf("nothing was understood of %q:\n%s", r.words, v.story())
		}
		mark := " "
		if !right[i] {
			mark = "x"
		}
		rows[i] = fmt.Sprintf("%s %-14s %-14s %.2f %-13s %s | heard: %s", mark, r.intent, got, sure, voice, r.words, heard)
	})
	n := 0
	for _, ok := range right {
		if ok {
			n++
		}
	}
	t.Logf("%s: %d of %d intents right\n%s", lang, n, len(all), strings.Join(rows, "\n"))
	if float64(n) < share*float64(len(all)) {
		t.Errorf("%d of %d is below %.0f %%", n, len(all), 100*share)
	}
}

// atOnce does f for 0 to n-1.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
