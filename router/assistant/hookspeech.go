package assistant

import (
	"strconv"
	"strings"
	"time"
)

// This file says results: a voice reads "2026-01-05" and "12.50" badly.

const french = "fr"

// spoken puts a result, in the form of an Answer, as it is said in a language.
func (r *Result) spoken(value, language string) string {
	switch r.Type {
	case ResultNumber:
		return spokenNumber(value, language)
	case ResultAmount:
		return spokenAmount(value, r.currency, language)
	case ResultDate:
		return spokenDate(value, language)
	case ResultChoice:
		return r.words[value][language]
	case ResultText, ResultBoolean:
	}
	return value
}

func spokenNumber(value, language string) string {
	minus := "minus "
	if language == french {
		minus, value = "moins ", strings.Replace(value, ".", ",", 1)
	}
	if rest, negative := strings.CutPrefix(value, "-"); negative {
		return minus + rest
	}
	return value
}

// unit is the names of a currency: of one and of several, and of its hundredth part.
type unit struct{ one, several, part, parts string }

//nolint:gochecknoglobals // a read-only table
var units = map[string]map[string]unit{
	"en": {
		"EUR": {"euro", "euros", "cent", "cents"}, "GBP": {"pound", "pounds", "penny", "pence"},
		"USD": {"dollar", "dollars", "cent", "cents"}, "CHF": {"Swiss franc", "Swiss francs", "centime", "centimes"},
	},
	french: {
		"EUR": {"euro", "euros", "centime", "centimes"}, "GBP": {"livre", "livres", "penny", "pence"},
		"USD": {"dollar", "dollars", "cent", "cents"}, "CHF": {"franc suisse", "francs suisses", "centime", "centimes"},
	},
}

// spokenAmount says "12.50" as "12 euros and 50 cents".
func spokenAmount(value, currency, language string) string {
	whole, part, _ := strings.Cut(value, ".")
	u, and := units[language][currency], " and "
	if language == french {
		and = " et "
	}
	said := spokenNumber(whole, language) + " " + counted(strings.TrimPrefix(whole, "-"), u.one, u.several, language)
	if cents := strings.TrimPrefix(part, "0"); cents != "" && cents != "0" {
		said += and + cents + " " + counted(cents, u.part, u.parts, language)
	}
	return said
}

// counted takes the singular or the plural. Nought is one of the former in French.
func counted(digits, one, several, language string) string {
	if n, err := strconv.Atoi(digits); err == nil && (n == 1 || n == 0 && language == french) {
		return one
	}
	return several
}

//nolint:gochecknoglobals // a read-only table
var frenchMonths = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

// spokenDate says "2026-01-05" as "5 January 2026".
func spokenDate(value, language string) string {
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return value
	}
	if language != french {
		return day.Format("2 January 2006")
	}
	number := strconv.Itoa(day.Day())
	if number == "1" {
		number = "1er"
	}
	return number + " " + frenchMonths[day.Month()-1] + " " + strconv.Itoa(day.Year())
}
