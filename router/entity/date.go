package entity

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day that t lies in, where t is.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads what String wrote, as in "2026-03-03".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("a date is written 2026-03-03: %w", err)
	}
	return DateOf(t), nil
}

// KeyedDate reads keys: day and month as DDMM, or with the year as DDMMYYYY. Without
// a year it is the next such day from now on, or in a Calendar of what is past the last.
func KeyedDate(keys string, c Calendar) (Date, bool) {
	n, err := strconv.Atoi(keys)
	switch {
	case err != nil || n < 0:
	case len(keys) == 8:
		d := Date{n % 10000, time.Month(n / 10000 % 100), n / 1000000}
		return d, d.exists()
	case len(keys) == 4:
		return c.dayOf(n/100, time.Month(n%100))
	}
	return Date{}, false
}

// String writes the date by ISO 8601.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Compare tells whether d is before (-1), the same as (0) or after (1) e.
func (d Date) Compare(e Date) int {
	return slices.Compare([]int{d.Year, int(d.Month), d.Day}, []int{e.Year, int(e.Month), e.Day})
}

// AddDays gives the day so many days later.
func (d Date) AddDays(n int) Date { return DateOf(d.noon().AddDate(0, 0, n)) }

func (d Date) noon() time.Time       { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }
func (d Date) weekday() time.Weekday { return d.noon().Weekday() }

// exists reports whether the calendar has the day, in a year that people speak of.
func (d Date) exists() bool {
	return d.Year >= 1900 && d.Year < 2100 && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && DateOf(d.noon()) == d
}

// addMonths gives the same day so many months later, or the last that the month has.
func (d Date) addMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 12, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return Date{first.Year(), first.Month(), min(d.Day, last.Day())}
}

// Spoken says the date: "Tuesday the third of March", "mardi trois mars"; with the year
// if it is not within a year from now on.
func (d Date) Spoken(language string, now time.Time) string {
	today := DateOf(now)
	year := ""
	if d.Compare(today) < 0 || d.Compare(today.addMonths(12)) >= 0 {
		year = fmt.Sprintf(" %d", d.Year)
	}
	if language == "fr" {
		day := "premier"
		if d.Day > 1 {
			day = frenchWords(d.Day)
		}
		return Weekday(d.weekday(), "fr") + " " + day + " " + frenchMonths(false)[d.Month] + year
	}
	return d.weekday().String() + " the " + ordinalWords(d.Day) + " of " + d.Month.String() + year
}

// A Calendar is what dates are read by.
type Calendar struct {
	Now   time.Time // where the line is
	Past  bool      // dates without a year are over, not to come
	Asked bool      // a date is what was asked for: a day alone is one
}

func (c Calendar) today() Date { return DateOf(c.Now) }

// wants reports whether a date that could be in several years may be this one.
func (c Calendar) wants(d Date) bool {
	if c.Past {
		return d.exists() && d.Compare(c.today()) <= 0
	}
	return d.exists() && d.Compare(c.today()) >= 0
}

func (c Calendar) step() int {
	if c.Past {
		return -1
	}
	return 1
}

// dayOf gives the nearest year's day of a month. The last or the next 29 February is
// at most eight years away.
func (c Calendar) dayOf(day int, month time.Month) (Date, bool) {
	for k := range 9 {
		if d := (Date{c.today().Year + k*c.step(), month, day}); c.wants(d) {
			return d, true
		}
	}
	return Date{}, false
}

// dayAlone gives the nearest month's day.
func (c Calendar) dayAlone(day int) (Date, bool) {
	for k := range 13 {
		first := Date{c.today().Year, c.today().Month, 1}.addMonths(k * c.step())
		if d := (Date{first.Year, first.Month, day}); c.wants(d) {
			return d, true
		}
	}
	return Date{}, false
}

// weekday gives the nearest such day that is not today: who means today says so.
func (c Calendar) weekday(w time.Weekday) Date {
	d := c.today().AddDays(c.step())
	for d.weekday() != w {
		d = d.AddDays(c.step())
	}
	return d
}

// nextWeek gives the day in the week after this one; weeks begin on Monday.
func (c Calendar) nextWeek(w time.Weekday) Date {
	monday := c.today().AddDays(7 - int(c.today().weekday()+6)%7)
	return monday.AddDays(int(w+6) % 7)
}

// Weekday names a day of the week.
func Weekday(d time.Weekday, language string) string {
	if language == "fr" {
		return frenchWeekdays()[d]
	}
	return d.String()
}

func frenchWeekdays() []string {
	return []string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
}

func englishWeekdays() []string {
	return []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
}

// frenchMonths lists the months from 1, as they are written or as they are looked for.
func frenchMonths(folded bool) []string {
	if folded {
		return []string{"", "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"}
	}
	return []string{"", "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
}

func englishMonths() []string {
	return []string{"", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
}

// someDay is any day, where only the place of a date in the text matters.
func someDay() time.Time { return time.Date(2024, time.January, 1, 12, 0, 0, 0, time.UTC) }
