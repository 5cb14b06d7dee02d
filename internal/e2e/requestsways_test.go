package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// A way is what the bundled recognizer knows of what callers say when it hears them.
type way struct {
	name    string
	without string             // what its engine takes no notice of
	differs func(request) bool // for which requests that can matter
}

func ways() []way {
	always := func(request) bool { return true }
	return []way{
		{name: "with grammars and hints", differs: always},
		// No grammar belongs to an open question: there it is the same.
		{name: "without grammars", without: "grammars", differs: func(r request) bool { return r.answer != "" }},
		{name: "without grammars and hints", without: "grammars,hints", differs: always},
	}
}

// understoodInAllWays asks all requests of a language in each way and prints what was understood
// and, of what was not, why. In the first, which is how lines hear, the share must be right.
func understoodInAllWays(t *testing.T, lang string, share float64, model ...string) {
	t.Helper()
	all := requests(t, lang)
	got := make([]outcome, len(all))
	table := fmt.Sprintf("%s, %d requests %16s intent right   and the value\n", lang, len(all), "")
	var misses strings.Builder
	for _, w := range ways() {
		l := w.listen(t, model)
		l.understood(len(all), func(on *line, i int) (visit, bool) {
			if w.differs(all[i]) {
				got[i] = on.request(all[i], i)
			}
			return got[i].call, got[i].right() || !w.differs(all[i])
		})
		l.stop()
		n, intents := right(got), 0
		for _, a := range got {
			if a.got == a.intent {
				intents++
			}
			if !a.right() && w.differs(a.request) {
				fmt.Fprintf(&misses, "%s, %s: %s\n", lang, w.name, a.why(examplesKnow(t, w, lang)))
			}
		}
		table += fmt.Sprintf("%-35s %8d %15d\n", w.name, intents, n)
		if w.without == "" && float64(n) < share*float64(len(all)) {
			t.Errorf("%d of %d is below %.0f %%", n, len(all), 100*share)
		}
	}
	t.Log(table + misses.String())
}

// listen starts a line whose callers are heard in this way, by an engine of its own.
func (w way) listen(t *testing.T, model []string) *line {
	t.Helper()
	args := model
	if w.without != "" {
		args = append([]string{"--without", w.without}, model...)
	}
	l := startLine(t, "--asr", newEngine(t, "speechd", args...).listen).ready()
	l.scripted = false // nor may more talk at once than it can hear
	return l
}

// examplesKnow gives the words of the examples that a recognizer was told of; nil: of none.
func examplesKnow(t *testing.T, w way, lang string) map[string]bool {
	t.Helper()
	if strings.Contains(w.without, "hints") {
		return nil
	}
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, p := range a.Phrases(lang) {
		for _, word := range intent.Words(p) {
			known[word] = true
		}
	}
	return known
}

// why explains a miss: what was heard, what was made of it, and which words a recognizer that
// knows these could not hear.
func (a outcome) why(known map[string]bool) string {
	made := fmt.Sprintf("taken for %s at %.2f, not %s", a.got, a.sure, a.intent)
	if a.got == a.intent {
		made = fmt.Sprintf("%s is read back as %q", a.value, a.read)
	}
	var strange []string
	for _, word := range intent.Words(a.words) {
		if known != nil && !known[word] {
			strange = append(strange, word)
		}
	}
	if len(strange) > 0 {
		made += "; no example says " + strings.Join(strange, ", ")
	}
	return fmt.Sprintf("%q by %s is heard as %q: %s", a.words, a.voice, a.heard, made)
}
