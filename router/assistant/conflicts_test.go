package assistant_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

func TestAFileThatContradictsItselfIsRefused(t *testing.T) {
	const more = "outside: {en: [a pizza please]}\nhandover:\n  - {name: all, queue: desk}\n  - {name: late, trust: failed, queue: checks}\n"
	for _, c := range []struct{ from, to, want string }{
		{"[I have", `["Yes!", I have`, `small.yaml:37: the intent code has an example in en that stands for yes or no under answers: "Yes!"`},
		{"[I have", `["on {day}", I have`, `small.yaml:37: the intent code has an example with braces in en: "on {day}"`},
		{"[I have", "[A pizza please, I have", `small.yaml:37: the intent code has an example in en that stands under outside, too: "A pizza please"`},
		{`["no"]`, `["no", "yes"]`, `small.yaml:7: "yes" stands for yes and for no in en`},
		{"      code:\n", "      language:\n", `small.yaml:40: a slot cannot be named "language", which is the language of the call`},
		{"      code:\n", "      opens_next:\n", `small.yaml:40: a slot cannot be named "opens_next", which is a time of hours`},
		{"Hold.", "Hold, and wait.", `small.yaml:24: the message hold: "and wait." is no language, but the rest of a text; within braces one with a comma needs quotes`},
		{"Hold.", "Hold on.", "small.yaml:47: handover rule late is never looked at: rule all before it has no conditions"},
	} {
		_, err := assistant.Parse("small.yaml", []byte(strings.Replace(small+more, c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.to, err, c.want)
		}
	}
}
