package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A Failure is one expectation that was not met.
type Failure struct {
	What     string `json:"what"` // the key of the expectation
	Expected string `json:"expected"`
	Came     string `json:"came"`
}

// String says it in a line.
func (f Failure) String() string {
	return fmt.Sprintf("%s: expected %s; came %s", f.What, f.Expected, f.Came)
}

// A checker compares what came of a turn with what was expected.
type checker struct {
	record   *record
	failures []Failure
}

func (c *checker) fail(what, expected, came string) {
	c.failures = append(c.failures, Failure{what, expected, came})
}

// same compares a value, if one is expected; none is the empty one.
func (c *checker) same(what, expected, came string) {
	if came == "" {
		came = none
	}
	if expected != "" && expected != came {
		c.fail(what, expected, came)
	}
}

// check compares all.
func (c *checker) check(t *Turn, minimum float64) {
	x, seen := &t.Expect, &c.record.turn
	c.intent(t, minimum)
	c.contains("bot", x.Bot, seen.bot)
	c.contains("shown", x.Shown, seen.shown)
	c.contains("reason", x.Reason, seen.reasons)
	c.flags(x.Flags, seen.flags)
	for _, text := range x.BotNever {
		if has(seen.bot, text) {
			c.fail("bot_never", "nothing that contains "+quote(text), quote(seen.bot...))
		}
	}
	if x.Exactly != nil && !slices.EqualFunc(x.Exactly, seen.bot, func(a, b string) bool { return plain(a) == plain(b) }) {
		c.fail("bot_exactly", quote(x.Exactly...), quote(seen.bot...))
	}
	for _, name := range slices.Sorted(maps.Keys(x.Slots)) {
		c.same("slot "+name, x.Slots[name], seen.values[name])
	}
	c.same("queue", x.Queue, seen.queue)
	if x.Priority != "" {
		c.same("priority", x.Priority, fmt.Sprint(seen.priority))
	}
	c.skills(x.Skills, seen.skills)
	if x.Summary != "" {
		c.contains("summary", []string{x.Summary}, []string{seen.summary})
	}
	c.same("transfer", x.Transfer, seen.transfer)
	c.same("language", x.Language, seen.language)
	if x.Hangup != nil && *x.Hangup != seen.hangup {
		c.fail("hangup", fmt.Sprint(*x.Hangup), fmt.Sprint(seen.hangup))
	}
}

func (c *checker) intent(t *Turn, minimum float64) {
	x := &t.Expect
	if x.Intent == "" {
		return
	}
	name, confidence := c.record.turn.understood(t.Act, minimum)
	expected, came := x.Intent, name
	if x.Least > 0 {
		expected += fmt.Sprintf(" at %.2f or more", x.Least)
	}
	switch seen := c.record.turn.intent; {
	case name != none:
		came += fmt.Sprintf(" at %.2f", confidence)
	case seen != nil && seen.Name != "":
		came = fmt.Sprintf("none: %s at %.2f is below the assistant's minimum of %.2f", seen.Name, seen.Confidence, minimum)
	}
	if name != x.Intent || confidence < x.Least {
		c.fail("intent", expected, came)
	}
}

// contains wants each of some texts in what was said.
func (c *checker) contains(what string, expected, came []string) {
	for _, text := range expected {
		if !has(came, text) {
			c.fail(what, quote(text), quote(came...))
		}
	}
}

// hidden wants texts nowhere in all that was shown or said so far.
func (c *checker) hidden(secrets []string) {
	for _, secret := range secrets {
		for _, text := range c.record.texts {
			if found := leak(text, secret); found != "" {
				c.fail("hidden", "nothing of it anywhere", quote(found)+" in "+quote(text))
				break
			}
		}
	}
}

// has reports whether text stands in the lines, read one after the other. Neither case nor
// spaces count, nor which apostrophe it is.
func has(lines []string, text string) bool {
	return strings.Contains(plain(strings.Join(lines, " ")), plain(text))
}

func plain(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(s, "’", "'"))), " ")
}

func quote(lines ...string) string {
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", strings.Join(lines, " / "))
}

// Of a number that is hidden, its first six digits and its last four may show, as they may
// of a card's (PCI DSS 3.4), and runs so short that they tell nothing.
const (
	mayBegin = 6
	tells    = 5
	longCard = 12 // digits that a number has of which any may show
)

// leak gives what of a secret stands in text, if anything: of a long number, five digits
// in a row or more, in figures or in words; of anything else, all of it.
func leak(text, secret string) string {
	number := digitsOnly(secret)
	if len(number) < longCard || strings.ContainsFunc(secret, unicode.IsLetter) {
		if has([]string{text}, secret) {
			return secret
		}
		return ""
	}
	for _, run := range runs(text) {
		if len(run) <= mayBegin && strings.HasPrefix(number, run) {
			continue
		}
		for i := 0; i+tells <= len(run); i++ {
			if strings.Contains(number, run[i:i+tells]) {
				return run[i : i+tells]
			}
		}
	}
	return ""
}

func digitsOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// runs gives the digits of text that follow each other with nothing but spaces and
// punctuation between them, those that are words among them.
func runs(text string) []string {
	var out []string
	run := ""
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		digits := digitsOnly(word)
		if d, ok := digitWords[word]; ok {
			digits = d
		}
		if digits == "" || digits != word && digitWords[word] == "" {
			out, run = append(out, run), ""
		}
		run += digits
	}
	return append(out, run)
}

//nolint:gochecknoglobals // a read-only table
var digitWords = map[string]string{
	"zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"zéro": "0", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
}
