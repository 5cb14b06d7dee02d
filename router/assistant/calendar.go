package assistant

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
)

// A calendar says when somebody is there. It does not change, and knows no clock: each
// question names its moment. All is reckoned in civil time, which is what a clock on the
// wall of the zone shows, kept as if it were UTC; so the days on which clocks change have
// no special case.
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

// shown gives a civil moment as the clock shows it: in the night in which it is put forward
// an hour of them is never shown.
func (c *calendar) shown(at time.Time) time.Time {
	return c.civil(time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, c.zone))
}

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
	_, ok := c.covering(c.civil(t))
	return ok
}

// covering gives the latest end of the hours that a civil moment is in.
func (c *calendar) covering(at time.Time) (end time.Time, ok bool) {
	today := midnight(at)
	for _, day := range []time.Time{today.AddDate(0, 0, -1), today} {
		for _, s := range c.on(day) {
			if e := s.end(day); !at.Before(s.begin(day)) && at.Before(e) && e.After(end) {
				end, ok = e, true
			}
		}
	}
	return end, ok
}

// until gives the civil moment at which the hours end that t is in; false: t is in none,
// or they go on for longer than anybody wants to know.
func (c *calendar) until(t time.Time) (time.Time, bool) {
	at := c.civil(t)
	end, ok := c.covering(at)
	for more := ok; more; {
		if end.Sub(at) > untilAhead*24*time.Hour {
			return time.Time{}, false
		}
		var later time.Time
		if later, more = c.covering(end); more {
			end = later
		}
	}
	return c.shown(end), ok
}

// next gives the civil moment at which hours begin after t, those that t is in being over
// first; false: none are known.
func (c *calendar) next(t time.Time) (time.Time, bool) {
	at := c.civil(t)
	if _, open := c.covering(at); open {
		end, ok := c.until(t)
		if !ok {
			return time.Time{}, false
		}
		at = end
	}
	for n := range nextAhead {
		day := midnight(at).AddDate(0, 0, n)
		for _, s := range c.on(day) {
			if b := s.begin(day); !b.Before(at) {
				return c.shown(b), true
			}
		}
	}
	return time.Time{}, false
}

// note gives what the file says of the day on which t is, if that is an exception.
func (c *calendar) note(t time.Time) Text {
	if x := c.exception(midnight(c.civil(t))); x != nil {
		return x.say
	}
	return nil
}
