package outbound

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // hours are of a place, also on a machine without its own table
)

// Hours are times of the week, in a place. The zero Hours are always.
type Hours struct {
	spans []span
	place *time.Location
}

// span is a part of some days, in minutes from midnight.
type span struct {
	days     [7]bool
	from, to int
}

//nolint:gochecknoglobals // a read-only table
var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads spans such as "mon-fri 08:00-20:00" or "sat 09:00-12:30", in an
// IANA time zone; an empty one means Europe/Paris.
func ParseHours(spans []string, zone string) (Hours, error) {
	if zone == "" {
		zone = "Europe/Paris"
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return Hours{}, fmt.Errorf("time zone %q is not known; write one such as Europe/Paris", zone)
	}
	h := Hours{place: place}
	for _, text := range spans {
		s, err := parseSpan(text)
		if err != nil {
			return Hours{}, err
		}
		h.spans = append(h.spans, s)
	}
	return h, nil
}

// Contain reports whether a moment is within the hours.
func (h Hours) Contain(t time.Time) bool {
	if len(h.spans) == 0 {
		return true
	}
	t = t.In(h.place)
	minute := t.Hour()*60 + t.Minute()
	return slices.ContainsFunc(h.spans, func(s span) bool {
		return s.days[t.Weekday()] && minute >= s.from && minute < s.to
	})
}

func parseSpan(text string) (s span, err error) {
	bad := fmt.Errorf("%q is not a time of the week; write one such as mon-fri 08:00-20:00", text)
	words := strings.Fields(strings.ToLower(text))
	if len(words) != 2 {
		return s, bad
	}
	first, last, several := strings.Cut(words[0], "-")
	from, to := slices.Index(days, first), slices.Index(days, last)
	if !several {
		to = from
	}
	if from < 0 || to < 0 {
		return s, bad
	}
	for d := from; ; d = (d + 1) % 7 {
		s.days[d] = true
		if d == to {
			break
		}
	}
	begin, end, _ := strings.Cut(words[1], "-")
	var ok1, ok2 bool
	s.from, ok1 = minuteOf(begin)
	s.to, ok2 = minuteOf(end)
	if !ok1 || !ok2 || s.from >= s.to {
		return s, bad
	}
	return s, nil
}

// minuteOf reads 08:30; 24:00 is the end of a day.
func minuteOf(text string) (int, bool) {
	h, m, ok := strings.Cut(text, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	n := int(hour)*60 + int(minute) //nolint:gosec // both are below 256
	return n, ok && err1 == nil && err2 == nil && minute < 60 && n <= 24*60
}
