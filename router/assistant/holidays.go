package assistant

import (
	"maps"
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/nl"
)

// holidaySets are the public holidays that a file may name, by country (ISO 3166) and
// part of it. Those of Switzerland are the days that all cantons keep: the library's own
// list is what any canton keeps.
//
//nolint:gochecknoglobals // a read-only table
var holidaySets = map[string][]*cal.Holiday{
	"BE":                be.Holidays,
	"CH":                {ch.Neujahr, ch.Auffahrt, ch.Bundesfeiertag, ch.Weihnachtstag},
	"DE":                de.Holidays,
	"ES":                es.Holidays,
	"FR":                fr.Holidays,
	"FR-Alsace-Moselle": append(slices.Clip(fr.Holidays), aa.GoodFriday, aa.ChristmasDay2),
	"GB":                gb.Holidays,
	"IE":                ie.Holidays,
	"IT":                it.Holidays,
	"LU":                luxembourg(),
	"NL":                nl.Holidays,
}

// luxembourg gives the holidays of article L. 232-2 of its labour code, which the library
// lacks.
func luxembourg() []*cal.Holiday {
	return []*cal.Holiday{
		aa.NewYear, aa.EasterMonday, aa.WorkersDay, aa.AscensionDay, aa.PentecostMonday, aa.AssumptionOfMary, aa.AllSaintsDay, aa.ChristmasDay, aa.ChristmasDay2,
		{Name: "Journée de l'Europe", Month: time.May, Day: 9, Func: cal.CalcDayOfMonth, StartYear: 2019},
		{Name: "Fête nationale", Month: time.June, Day: 23, Func: cal.CalcDayOfMonth},
	}
}

func holidayNames() []string { return slices.Sorted(maps.Keys(holidaySets)) }

// holiday reports whether a civil day is one of some holidays, or is kept in place of one
// that falls on a weekend.
func holiday(set []*cal.Holiday, day time.Time) bool {
	for _, h := range set {
		for _, year := range yearsOf(day, h) {
			actual, observed := h.Calc(year)
			if sameDay(actual, day) || sameDay(observed, day) {
				return true
			}
		}
	}
	return false
}

// yearsOf gives the years of which a holiday may fall on a day: one of the first days of
// January may be kept in December, and the other way round.
func yearsOf(day time.Time, h *cal.Holiday) []int {
	switch y := day.Year(); {
	case h.Observed != nil && day.Month() == time.December:
		return []int{y, y + 1}
	case h.Observed != nil && day.Month() == time.January:
		return []int{y, y - 1}
	default:
		return []int{y}
	}
}

func sameDay(t, day time.Time) bool {
	return !t.IsZero() && t.Year() == day.Year() && t.YearDay() == day.YearDay()
}
