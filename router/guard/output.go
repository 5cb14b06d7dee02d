package guard

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callward/callward/redact"
)

// Limits of what is said of texts from outside.
const (
	mostSaid    = 600 // characters of a reply, which is a minute of speech
	mostDigits  = 7   // in a row, that a caller did not give: a phone number has more
	givenDigits = 4   // of a number that the caller gave, which a reply may not say again
	mostGiven   = 64  // numbers of a caller that are remembered
)

// An Output judges texts that come from outside, such as the replies of a dialog service,
// before a caller hears or an agent reads them. It belongs to one call, whose numbers it
// remembers, and is not safe for concurrent use.
type Output struct {
	given []string // digits
	reply strings.Builder
}

// Heard remembers the numbers in what the caller said or keyed.
func (o *Output) Heard(r redact.Result) {
	for _, n := range r.Numbers {
		o.remember(n.String())
	}
	for _, run := range runs(r.Text.String()) {
		o.remember(run)
	}
	for _, f := range r.Findings {
		o.remember(f.Last4)
	}
}

func (o *Output) remember(digits string) {
	if len(digits) >= givenDigits && len(o.given) < mostGiven {
		o.given = append(o.given, digits)
	}
}

// Judge says why a text may not be said, or gives "". It is the whole reply, or the next
// piece of one if it is not the last; pieces are judged with those before them. Where it
// may not be said, the bundled answer is due. The reason holds none of the text.
func (o *Output) Judge(text redact.Safe, last bool) (why string) {
	o.reply.WriteString(text.String())
	all := o.reply.String()
	if last {
		o.reply.Reset()
	}
	switch {
	case utf8.RuneCountInString(all) > mostSaid:
		return "longer than may be said"
	case strings.ContainsFunc(all, unprintable):
		return "control characters"
	case addresses.MatchString(all), spokenAddress(all):
		return "an address of the web or of mail"
	case spelt(all):
		return "something spelt"
	case masks.MatchString(all):
		return "something masked"
	}
	return o.digits(all)
}

// digits looks for numbers that may not be said.
func (o *Output) digits(text string) string {
	for _, run := range runs(text) {
		if len(run) > mostDigits {
			return "a long number"
		}
		for _, g := range o.given {
			if shares(run, g, givenDigits) {
				return "digits that the caller gave"
			}
		}
	}
	return ""
}

// shares reports whether n digits in a row of a stand in b.
func shares(a, b string, n int) bool {
	for i := 0; i+n <= len(a); i++ {
		if strings.Contains(b, a[i:i+n]) {
			return true
		}
	}
	return false
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == utf8.RuneError }

// masks are what a Redactor leaves of what must not show. One whose policy withholds
// telephone numbers, mail and postal addresses finds these in a reply, too.
var masks = regexp.MustCompile(`••••|\[(?:…|number|code|card|IBAN|NIR|phone|email|address|birth date)`) //nolint:gochecknoglobals // a compiled pattern

// addresses are those of the web and of mail, as they are written.
var addresses = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://|\bwww\.|\S@\S|\b[a-z0-9-]+\.(?:com|fr|net|org|io|eu|info|biz|co|uk|be|ch|de|app|dev|me|ru|cn|xyz)\b`) //nolint:gochecknoglobals // a compiled pattern

// mostSpeltSaid is how many letters and figures may stand alone in a row, letters among
// them: what is spelt is a name, an address or a code.
const mostSpeltSaid = 4

// spelt reports whether something is said letter by letter.
func spelt(text string) bool {
	row, letters := 0, 0
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if utf8.RuneCountInString(w) > 1 {
			row, letters = 0, 0
			continue
		}
		row++
		if strings.ContainsFunc(w, unicode.IsLetter) {
			letters++
		}
		if row > mostSpeltSaid && letters > 1 {
			return true
		}
	}
	return false
}

// spokenAddress knows addresses in words: "jean at example dot com", "point fr".
func spokenAddress(text string) bool {
	words := reading(text).words
	for i, w := range words {
		if i == 0 || i+1 == len(words) || w != "dot" && w != "point" {
			continue
		}
		switch words[i+1] {
		case "com", "fr", "net", "org", "io", "eu", "co", "uk", "be", "ch", "de":
			return true
		}
	}
	return false
}
