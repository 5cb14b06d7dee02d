package assistant

import (
	"slices"
	"strings"
	"time"
)

// QueueClosed is said to a caller for a queue that is closed, before the call ends:
// {opens_next}. A file that leaves it out has Unable said.
const QueueClosed Message = "queue_closed"

// Hours lists the names of the file's hours.
func (a *Assistant) Hours() []string {
	names := make([]string, len(a.calendars))
	for i, c := range a.calendars {
		names[i] = c.name
	}
	return names
}

func (a *Assistant) calendarOf(hours string) *calendar {
	i := slices.IndexFunc(a.calendars, func(c *calendar) bool { return c.name == hours })
	if i < 0 {
		return nil
	}
	return a.calendars[i]
}

// OpenAt reports whether somebody is there by the file's hours of that name; if it has
// none, somebody is.
func (a *Assistant) OpenAt(hours string, now time.Time) bool {
	c := a.calendarOf(hours)
	return c == nil || c.open(now)
}

// ClosedLine says that a queue with such hours is closed now.
func (a *Assistant) ClosedLine(hours string, now time.Time, language string) Line {
	c := a.calendarOf(hours)
	if c == nil || len(a.messages[QueueClosed]) == 0 {
		return a.Message(Unable, language)
	}
	l := a.Message(QueueClosed, language)
	l.Text = strings.ReplaceAll(l.Text, "{"+opensNext+"}", c.times(now, l.Language)[opensNext])
	return l
}
