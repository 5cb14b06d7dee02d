package assistant

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
)

// A calendar says when somebody is there. It does not change, and knows no clock: each
// question names its moment. Whether somebody is there is reckoned in civil time, which is
// what a clock on the wall of the zone shows, kept as if it were UTC; when that changes, in
// real time, of which the night in which the clock is put back shows an hour twice.
type calendar struct {
	name       string
	zone       *time.Location
	week       [7][]span // by time.Weekday
	holidays   []*cal.Holiday
	exceptions []exception
}

// A span is a part of the day on which it begins, in minutes from midnight; one that ends
// on the next day has a to above dayLong.
type span struct{ from, to int }

const dayLong = 24 * 60

// An exception is days that are neither as their weekday nor as a holiday.
type exception struct {
	first, last time.Time // civil midnights, both included
	spans       []span
	say         Text // why; nil: nothing is said of it
}

// How far is looked ahead: for the end of hours that go on, and for the next ones.
const (
	untilAhead = 60
	nextAhead  = 400
)

// civil gives what the clock on the wall shows at t.
func (c *calendar) civil(t time.Time) time.Time {
	l := t.In(c.zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)
}

func midnight(at time.Time) time.Time { return at.Truncate(24 * time.Hour) }

func (s span) begin(day time.Time) time.Time { return day.Add(time.Duration(s.from) * time.Minute) }
func (s span) end(day time.Time) time.Time   { return day.Add(time.Duration(s.to) * time.Minute) }

// on gives the hours that begin on a day, in order: an exception counts before a holiday,
// and that before the weekday.
func (c *calendar) on(day time.Time) []span {
	if x := c.exception(day); x != nil {
		return x.spans
	}
	if holiday(c.holidays, day) {
		return nil
	}
	return c.week[day.Weekday()]
}

func (c *calendar) exception(day time.Time) *exception {
	i := slices.IndexFunc(c.exceptions, func(x exception) bool { return !day.Before(x.first) && !day.After(x.last) })
	if i < 0 {
		return nil
	}
	return &c.exceptions[i]
}

// open reports whether somebody is there at t.
func (c *calendar) open(t time.Time) bool {
	at := c.civil(t)
	today := midnight(at)
	for _, day := range []time.Time{today.AddDate(0, 0, -1), today} {
		for _, s := range c.on(day) {
			if !at.Before(s.begin(day)) && at.Before(s.end(day)) {
				return true
			}
		}
	}
	return false
}

// until gives the civil moment at which the hours end that t is in; false: t is in none,
// or they go on for longer than anybody wants to know.
func (c *calendar) until(t time.Time) (time.Time, bool) {
	end, ok := c.change(t, false, untilAhead)
	return c.civil(end), ok && c.open(t)
}

// next gives the civil moment at which hours begin after t, those that t is in being over
// first; false: none are known.
func (c *calendar) next(t time.Time) (time.Time, bool) {
	if c.open(t) {
		end, ok := c.change(t, false, untilAhead)
		if !ok {
			return time.Time{}, false
		}
		t = end
	}
	begin, ok := c.change(t, true, nextAhead)
	return c.civil(begin), ok
}

// change gives the first moment from t on at which somebody is there, or nobody is, within
// some days. That can only be where hours begin or end, or where the clock is put on or back.
func (c *calendar) change(t time.Time, open bool, days int) (time.Time, bool) {
	first := midnight(c.civil(t))
	var ahead []time.Time
	for n := -1; n <= days+2; n++ { // hours that begin on a day may end on the next
		day := first.AddDate(0, 0, n)
		for _, s := range c.on(day) {
			ahead = c.moments(c.moments(ahead, s.begin(day)), s.end(day))
		}
		slices.SortFunc(ahead, time.Time.Compare)
		for len(ahead) > 0 && c.civil(ahead[0]).Before(day) { // no later day adds one before it
			if u := ahead[0]; !u.Before(t) && c.open(u) == open {
				return u, true
			}
			ahead = ahead[1:]
		}
	}
	return time.Time{}, false
}

// moments appends when the clock shows a civil moment: once, twice, or never; and when it is
// put on or back about that time.
func (c *calendar) moments(dst []time.Time, civil time.Time) []time.Time {
	t := time.Date(civil.Year(), civil.Month(), civil.Day(), civil.Hour(), civil.Minute(), 0, 0, c.zone)
	dst = append(dst, t)
	before, after := t.ZoneBounds()
	for _, turn := range []time.Time{before, after} {
		if turn.IsZero() || turn.Sub(t).Abs() > 12*time.Hour {
			continue
		}
		_, old := turn.Add(-time.Second).Zone()
		_, now := turn.Zone()
		shift := time.Duration(now-old) * time.Second
		dst = append(dst, turn, t.Add(shift), t.Add(-shift))
	}
	return dst
}

// note gives what the file says of the day on which t is, if that is an exception.
func (c *calendar) note(t time.Time) Text {
	if x := c.exception(midnight(c.civil(t))); x != nil {
		return x.say
	}
	return nil
}
