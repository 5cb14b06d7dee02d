package e2e

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
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
	understoodInAllWays(t, "en", 0.90)
}

func TestSlowAllFrenchRequestsAreUnderstoodWithTheTestModel(t *testing.T) {
	slow(t)
	needs(t, "espeak-ng")
	understoodInAllWays(t, "fr", 0.85, "--asr-model", frenchModel(t)[1])
}

// understands places a call for each request and demands the share of which the intent
// and the value are right. The table is in the log.
func (l *line) understands(all []request, share float64) {
	l.t.Helper()
	got := make([]outcome, len(all))
	rows := make([]string, len(all))
	l.understood(len(all), func(on *line, i int) (visit, bool) {
		got[i] = on.request(all[i], i)
		rows[i] = got[i].row()
		return got[i].call, got[i].right()
	})
	n := right(got)
	l.t.Logf("%s: %d of %d right\n%s", all[0].lang, n, len(all), strings.Join(rows, "\n"))
	if float64(n) < share*float64(len(all)) {
		l.t.Errorf("%d of %d is below %.0f %%", n, len(all), 100*share)
	}
}

// An outcome is what came of a request.
type outcome struct {
	request

	voice string
	got   string  // the intent
	sure  float64 // its confidence
	heard string
	read  string // the value, read back
	call  visit
}

func (a outcome) right() bool { return a.got == a.intent && a.read == a.value }

func right(all []outcome) (n int) {
	for _, a := range all {
		if a.right() {
			n++
		}
	}
	return n
}

func (a outcome) row() string {
	mark := "x"
	if a.right() {
		mark = " "
	}
	return fmt.Sprintf("%s %-14s %-14s %.2f %-13s %s %s | heard %s %s", mark, a.intent, a.got, a.sure, a.voice, a.words, a.value, a.heard, a.read)
}

// request places the call for a request. It ends when nothing more can come of it.
func (l *line) request(r request, i int) outcome {
	a := outcome{request: r, voice: voices[r.lang][i%len(voices[r.lang])], got: "nothing"}
	args := []string{"--lang", r.lang, "--voice", a.voice, "--say", r.words}
	if r.answer != "" {
		args = append(args, "--say", r.answer)
	}
	v := l.callTill(l.t.Context(), func(e call.Entry) bool {
		if e.Kind == call.KindBotSaid && readBack.MatchString(e.Text.String()) {
			a.read = noDigit.ReplaceAllString(readBack.FindString(e.Text.String()), "")
		}
		wrong := e.Kind == call.KindIntent && e.Intent.Name != r.intent || e.Kind == call.KindDecision && strings.HasSuffix(e.Reason, "ask again")
		return wrong || a.read != "" || r.value == "" && e.Kind == call.KindIntent
	}, "line-"+r.lang, args...)
	a.call = v
	if e := v.all(call.KindIntent); len(e) > 0 {
		a.got, a.sure = e[0].Intent.Name, e[0].Intent.Confidence
	}
	var heard []string
	for _, e := range v.all(call.KindCallerSaid) {
		heard = append(heard, e.Text.String())
	}
	a.heard = strings.Join(heard, " / ")
	if a.got == "nothing" && !strings.Contains(v.story(), "ask again") {
		l.t.Logf("nothing was understood of %q:\n%s", r.words, v.story())
	}
	return a
}

// readBack is how the line says a value that it has understood.
var (
	readBack = regexp.MustCompile(`(I have noted|J'ai compris|Your card ends in|Votre carte finit par) [^.?]*`)
	noDigit  = regexp.MustCompile(`[^0-9]`)
)
