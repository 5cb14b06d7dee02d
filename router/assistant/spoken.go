package assistant

import (
	"strings"
	"time"

	"github.com/callward/callward/router/entity"
)

// spokenUntil says when hours end that now is in: "six in the evening". The midnight that
// ends a day belongs to it, and this day goes without saying.
func spokenUntil(language string, now, end time.Time) string {
	day := end
	if end.Equal(midnight(end)) {
		day = end.Add(-time.Minute)
	}
	if midnight(day).Equal(midnight(now)) {
		return clock(language, end)
	}
	return spokenDay(language, now, day) + at(language) + clock(language, end)
}

// spokenNext says when hours begin: "tomorrow at eight in the morning", "lundi à huit heures
// du matin".
func spokenNext(language string, now, begin time.Time) string {
	day := spokenDay(language, now, begin)
	if language != french && midnight(begin).Sub(midnight(now)) > 24*time.Hour {
		day = "on " + strings.TrimPrefix(day, "on ")
	}
	return day + at(language) + clock(language, begin)
}

// unending is said where hours have no end, or no beginning, that is known.
func unending(language string, begin bool) string {
	switch {
	case language == french && begin:
		return "plus tard"
	case language == french:
		return "nouvel ordre"
	case begin:
		return "later"
	}
	return "further notice"
}

// spokenDay says on which day then is: by its weekday if that is less than a week ahead.
func spokenDay(language string, now, then time.Time) string {
	days := int(midnight(then).Sub(midnight(now)) / (24 * time.Hour))
	switch {
	case days == 0 && language == french:
		return "aujourd'hui"
	case days == 0:
		return "today"
	case days == 1 && language == french:
		return "demain"
	case days == 1:
		return "tomorrow"
	case days < 7:
		return entity.Weekday(then.Weekday(), language)
	case language == french:
		return "le " + entity.DateOf(then).Spoken(language, now)
	}
	return "on " + entity.DateOf(then).Spoken(language, now)
}

func at(language string) string {
	if language == french {
		return " à "
	}
	return " at "
}

func clock(language string, t time.Time) string {
	return entity.Clock{Hour: t.Hour(), Minute: t.Minute()}.Spoken(language)
}
