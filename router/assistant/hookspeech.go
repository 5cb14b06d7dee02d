package assistant

import (
	"strings"
	"time"

	"github.com/callward/callward/router/entity"
)

// This file says results: a voice reads "2026-01-05" and "12.50" badly.

const french = "fr"

// spoken puts a result, in the form of an Answer, as it is said in a language.
func (r *Result) spoken(value, language string, now time.Time) string {
	switch r.Type {
	case ResultNumber:
		return spokenNumber(value, language)
	case ResultAmount:
		return spokenAmount(value, r.currency, language)
	case ResultDate:
		if d, err := entity.ParseDate(value); err == nil {
			return d.Spoken(language, now)
		}
	case ResultChoice:
		return r.words[value][language]
	case ResultText, ResultBoolean:
	}
	return value
}

func spokenNumber(value, language string) string {
	if language == french {
		value = strings.Replace(value, ".", ",", 1)
	}
	rest, negative := strings.CutPrefix(value, "-")
	return minus(negative, language) + rest
}

// spokenAmount says "12.50" as "twelve euros and fifty cents". More than entity.MostCents is
// left to the voice.
func spokenAmount(value, currency, language string) string {
	rest, negative := strings.CutPrefix(value, "-")
	a, err := entity.ParseAmount(rest, currency)
	if err != nil {
		return spokenNumber(value, language) + " " + currency
	}
	return minus(negative, language) + a.Spoken(language)
}

func minus(negative bool, language string) string {
	switch {
	case !negative:
		return ""
	case language == french:
		return "moins "
	}
	return "minus "
}
