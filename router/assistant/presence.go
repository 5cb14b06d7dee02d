package assistant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// Who says "hello?" or "are you there?" has not been misunderstood: he asks for a sign of
// life, gets it, and hears the question again.

// mostCalls is how often in a row that is so. Then it counts as a misunderstanding: who
// calls out and calls out does not hear the bot, and needs somebody.
const mostCalls = 2

// A presenceGrammar is how people call out to whoever is at the other end. Its words are as
// intent.Words gives them, without accents.
type presenceGrammar struct {
	calls   []string // an utterance is made of nothing but these,
	beside  []string // and these
	phrases []string // examples, for recognizers
	answer  string   // where the file gives none
}

//nolint:gochecknoglobals // a read-only table
var presenceGrammars = map[string]presenceGrammar{
	"en": {
		calls: []string{
			"hello", "hullo", "hallo", "hi", "hey", "good morning", "good afternoon", "good evening", "are you there", "are you still there", "you there",
			"you still there", "are you still on the line", "are you with me", "are you listening", "is anybody there", "is anyone there", "is somebody there",
			"is someone there", "anybody there", "anyone there", "is there anybody there", "is there anyone", "is there anybody", "is there anyone there", "anybody home", "can you hear me",
			"do you hear me", "did you hear me", "can anybody hear me", "can anyone hear me", "can you hear me now", "is this thing on", "is this working",
		},
		beside:  strings.Fields("ah eh er erm hm hmm oh uh um well there please sir madam again so ok okay and but now"),
		phrases: []string{"hello", "hello are you there", "can you hear me", "is anybody there"},
		answer:  "I am listening.",
	},
	"fr": {
		calls: []string{
			"allo", "alo", "hallo", "hello", "bonjour", "bonsoir", "coucou", "vous etes la", "etes vous la", "vous etes toujours la", "etes vous toujours la",
			"vous etes encore la", "etes vous encore la", "vous etes toujours en ligne", "vous etes en ligne", "tu es la", "t es la", "il y a quelqu un",
			"y a quelqu un", "y a t il quelqu un", "est ce qu il y a quelqu un", "quelqu un", "il y a quelqu un au bout du fil", "il y a quelqu un en ligne",
			"vous m entendez", "m entendez vous", "est ce que vous m entendez", "est ce que vous etes la", "vous m entendez bien", "vous m ecoutez", "tu m entends",
			"est ce que tu m entends", "on m entend", "est ce qu on m entend",
		},
		beside:  strings.Fields("ah bah ben bon eh euh heu hm hum oh madame monsieur mademoiselle la alors donc et mais encore ici toujours"),
		phrases: []string{"allô", "bonjour", "allô vous êtes là", "vous m'entendez", "il y a quelqu'un"},
		answer:  "Je vous écoute.",
	},
}

// CallsOut reports whether words are nothing but a call for a sign of life.
func CallsOut(language string, text redact.Safe) bool {
	g, words := presenceGrammars[language], intent.Words(text.String())
	some := false
	for i := 0; i < len(words); {
		n := begins(words[i:], g.calls)
		some = some || n > 0
		if n == 0 && !slices.Contains(g.beside, words[i]) {
			return false
		}
		i += max(n, 1)
	}
	return some
}

// present answers who calls out, and puts the question again. What the file has as an
// example of an intent is that.
func (d *Dialogue) present(in Input) (Step, bool) {
	language := cmp.Or(d.language, in.Language)
	if in.Kind != InputSaid || !CallsOut(language, in.Text) || d.a.hasExample(language, in.Text) {
		d.calls = 0
		return Step{}, false
	}
	if d.calls++; d.calls > mostCalls {
		return Step{}, false
	}
	return d.putAgain(fmt.Sprintf("calls out, %d of %d: a sign of life", d.calls, mostCalls), d.a.line(d.a.again.listening, language)), true
}

// putAgain puts the question of the current state again, after a line beside the matter.
func (d *Dialogue) putAgain(reason string, line Line) Step {
	before := []Line{line}
	if d.state == asking && !d.byKeypad() {
		before = append(before, d.timed(d.a.opening.closing, d.lines(d.a.opening.greeting))...)
	}
	return d.question(reason, before)
}

// hasExample reports whether an intent has just these words as an example.
func (a *Assistant) hasExample(language string, text redact.Safe) bool {
	words := intent.Words(text.String())
	return slices.ContainsFunc(a.tasks, func(t *task) bool {
		return slices.ContainsFunc(t.examples[language], func(e string) bool { return slices.Equal(intent.Words(e), words) })
	})
}

// signOfLife reads what they are answered.
func (p *fileParser) signOfLife(e entry) Text {
	usual := Text{}
	for _, l := range p.a.languages {
		usual[l] = presenceGrammars[l].answer
	}
	return p.textOr(e, "what is said to who calls out", usual)
}
