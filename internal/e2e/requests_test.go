package e2e

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/call"
)

// A request is what a caller asks for, and the intent that it means. If it is to bring a
// value, that is how it is read back, digits only; answer is said when it is asked for.
type request struct{ intent, lang, words, value, answer string }

// fewRequests of each language come first in the file and are enough for every day.
const fewRequests = 20

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
		if strings.HasPrefix(s.Text(), "#") || len(fields) < 3 || (lang != "" && fields[1] != lang) {
			continue
		}
		fields = append(fields, "", "")
		all = append(all, request{fields[0], fields[1], fields[2], fields[3], fields[4]})
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
	startLine(t).ready().understands(requests(t, "en")[:fewRequests], 0.85)
}

func TestSpokenFrenchRequestsAreUnderstoodWithTheTestModel(t *testing.T) {
	needs(t, "espeak-ng")
	t.Parallel()
	startLine(t, frenchModel(t)...).ready().understands(requests(t, "fr")[:fewRequests], 0.70)
}

func TestSlowAllEnglishRequestsAreUnderstood(t *testing.T) {
	slow(t)
	needs(t, "flite", "espeak-ng")
	startLine(t).ready().understands(requests(t, "en"), 0.90)
}

func TestSlowAllFrenchRequestsAreUnderstoodWithTheTestModel(t *testing.T) {
	slow(t)
	needs(t, "espeak-ng")
	startLine(t, frenchModel(t)...).ready().understands(requests(t, "fr"), 0.85)
}

// understands places a call for each request and demands the share of which the intent
// and the value are right. The table is in the log.
func (l *line) understands(all []request, share float64) {
	l.t.Helper()
	rows := make([]string, len(all))
	right := make([]bool, len(all))
	atOnce(len(all), func(i int) { rows[i], right[i] = l.asked(all[i], i) })
	n := 0
	for _, ok := range right {
		if ok {
			n++
		}
	}
	l.t.Logf("%s: %d of %d right\n%s", all[0].lang, n, len(all), strings.Join(rows, "\n"))
	if float64(n) < share*float64(len(all)) {
		l.t.Errorf("%d of %d is below %.0f %%", n, len(all), 100*share)
	}
}

// asked places the call for a request, and gives a row that tells what came of it.
func (l *line) asked(r request, i int) (row string, right bool) {
	voice := voices[r.lang][i%len(voices[r.lang])]
	args := []string{"--lang", r.lang, "--voice", voice, "--say", r.words}
	if r.answer != "" {
		args = append(args, "--say", r.answer)
	}
	value := ""
	v := l.callTill(l.t.Context(), func(e call.Entry) bool {
		if e.Kind == call.KindBotSaid && readBack.MatchString(e.Text.String()) {
			value = noDigit.ReplaceAllString(readBack.FindString(e.Text.String()), "")
		}
		return value != "" || r.value == "" && e.Kind == call.KindIntent
	}, "line-"+r.lang, args...)
	got, heard, sure := "nothing", "", 0.0
	if e := v.all(call.KindIntent); len(e) > 0 {
		got, sure = e[0].Intent.Name, e[0].Intent.Confidence
	}
	for _, e := range v.all(call.KindCallerSaid) {
		heard += " / " + e.Text.String()
	}
	if got == "nothing" {
		l.t.Logf("nothing was understood of %q:\n%s", r.words, v.story())
	}
	mark := "x"
	if right = got == r.intent && value == r.value; right {
		mark = " "
	}
	return fmt.Sprintf("%s %-14s %-14s %.2f %-13s %s %s | heard%s %s", mark, r.intent, got, sure, voice, r.words, r.value, heard, value), right
}

// readBack is how the line says a value that it has understood.
var (
	readBack = regexp.MustCompile(`(I have noted|J'ai compris|Your card ends in|Votre carte finit par) [^.?]*`)
	noDigit  = regexp.MustCompile(`[^0-9]`)
)

// atOnce does f for 0 to n-1.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
