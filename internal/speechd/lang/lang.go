// Package lang holds what the bundled recognizer knows of each language: how
// text is cut into words, how numbers are spoken, what people say around an
// answer, and the sound of letters. It is pure data and pure functions.
package lang

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Pack is one language.
type Pack struct {
	// Code is the language as BCP 47 without a region.
	Code string
	// Digits holds the spoken forms of 0 to 9.
	Digits [10][]string
	// Repeats says how often a digit after the word counts ("double").
	Repeats map[string]int
	// Yes and No are whole answers.
	Yes, No []string
	// Before and After are said around an answer; neither changes it.
	Before, After []string
	// Hesitations are noises that are words to the dictionary.
	Hesitations []string
	// Common are sentences that callers say to any company.
	Common []string
	// NumberLeads come before a dictated number.
	NumberLeads []string
	// Letters maps letters to the word of the dictionary for their name.
	Letters map[string]string
	// Thousand and And join the parts of a number; And may be empty.
	Thousand, And string
	// MonthDays are the days of a month as they are spoken.
	MonthDays []string
	// DateLeads come before a date.
	DateLeads []string
	// Months and WeekDays are for dates; Days for "today", DaysAway for "in two days".
	Months, WeekDays, Days, DaysAway []string
	// NextWeekDay says "next Tuesday", DayAlone "the third".
	NextWeekDay, DayAlone func(day string) string

	number   func(n int) string
	dayOf    func(day, month string) []string
	elisions bool // an apostrophe ends a word ("l'")
}

//go:embed common-en.txt
var commonEN string //nolint:gochecknoglobals // an embedded file.

//go:embed common-fr.txt
var commonFR string //nolint:gochecknoglobals // an embedded file.

// For gives the pack of a language code such as "en" or "fr-FR".
func For(code string) (*Pack, bool) {
	switch Base(code) {
	case "en":
		return english(), true
	case "fr":
		return french(), true
	default:
		return nil, false
	}
}

// Base cuts a BCP 47 code to its language: "fr-CA" to "fr".
func Base(code string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(code), "_", "-"), "-")
	return base
}

// Number speaks a number from 0 to 999999.
func (p *Pack) Number(n int) []string { return strings.Fields(p.number(n)) }

// Words cuts a text into words as the dictionaries have them: lower case,
// without punctuation, numbers spoken. known tells whether a dictionary has a
// word, and decides whether a compound or an elision stays whole.
func (p *Pack) Words(text string, known func(string) bool) []string {
	var out []string
	for _, field := range strings.FieldsFunc(fold(text), notWord) {
		out = append(out, p.split(field, known)...)
	}
	return out
}

func fold(text string) string {
	text = strings.NewReplacer("’", "'", "œ", "oe", "æ", "ae", "…", " ", "€", " euros ", "%", " percent ", "&", " and ").
		Replace(norm.NFC.String(strings.ToLower(text)))
	return text
}

func notWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-'
}

func (p *Pack) split(field string, known func(string) bool) []string {
	field = strings.Trim(field, "-")
	switch {
	case strings.Trim(field, "'") == "":
		return nil
	case known(field):
		return []string{field}
	case strings.ContainsFunc(field, unicode.IsDigit):
		return p.digits(field, known)
	case strings.Contains(field, "-"):
		return p.each(strings.Split(field, "-"), known)
	case p.elisions && strings.Contains(field, "'"):
		return p.elide(field, known)
	}
	return []string{strings.Trim(field, "'")}
}

func (p *Pack) each(parts []string, known func(string) bool) []string {
	var out []string
	for _, part := range parts {
		out = append(out, p.split(part, known)...)
	}
	return out
}

func (p *Pack) elide(field string, known func(string) bool) []string {
	head, rest, _ := strings.Cut(field, "'")
	if head == "" {
		return p.split(rest, known)
	}
	return append([]string{head + "'"}, p.split(rest, known)...)
}

// digits speaks the digits of a field such as "24h" or "2026".
func (p *Pack) digits(field string, known func(string) bool) []string {
	var out []string
	for field != "" {
		end := strings.IndexFunc(field, func(r rune) bool { return !unicode.IsDigit(r) })
		switch {
		case end < 0:
			return append(out, p.spoken(field)...)
		case end == 0:
			next := strings.IndexFunc(field, unicode.IsDigit)
			if next < 0 {
				return append(out, p.split(field, known)...)
			}
			out = append(out, p.split(field[:next], known)...)
			field = field[next:]
		default:
			out = append(out, p.spoken(field[:end])...)
			field = field[end:]
		}
	}
	return out
}

// spoken reads up to six digits as a number and more of them one by one.
func (p *Pack) spoken(digits string) []string {
	if len(digits) <= 6 && digits[0] != '0' {
		n := 0
		for _, d := range digits {
			n = n*10 + int(d-'0')
		}
		return p.Number(n)
	}
	var out []string
	for _, d := range digits {
		if d >= '0' && d <= '9' {
			out = append(out, p.Digits[d-'0'][0])
		}
	}
	return out
}

// Join writes words as a text; an elided word sticks to the next one.
func (p *Pack) Join(words []string) string {
	var b strings.Builder
	before := ""
	for i, w := range words {
		if i > 0 && (!p.elisions || !strings.HasSuffix(before, "'")) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		before = w
	}
	return b.String()
}

// DayOf gives the ways to say a day of a month.
func (p *Pack) DayOf(day, month string) []string { return p.dayOf(day, month) }

func lines(text string) []string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return slices.DeleteFunc(all, func(l string) bool {
		return strings.TrimSpace(l) == "" || strings.HasPrefix(l, "#")
	})
}
