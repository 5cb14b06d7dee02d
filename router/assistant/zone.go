package assistant

import (
	"cmp"
	"strings"
	"time"
	_ "time/tzdata" // hours are of a place, also on a machine without its own table
)

// defaultZone is where hours are that do not say.
const defaultZone = "Europe/Paris"

// someZones are suggested for a name that is not known, and listed: the IANA table has
// six hundred, and any of them will do.
//
//nolint:gochecknoglobals // a read-only table
var someZones = []string{
	"Europe/Paris", "Europe/Brussels", "Europe/Luxembourg", "Europe/Zurich", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Madrid",
	"Europe/Rome", "Europe/Berlin", "Europe/Amsterdam", "Europe/Vienna", "Europe/Monaco", "Europe/Warsaw", "Europe/Athens", "Europe/Bucharest",
	"America/Guadeloupe", "America/Martinique", "America/Cayenne", "America/Miquelon", "Indian/Reunion", "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti",
	"America/Toronto", "America/Montreal", "America/New_York", "Africa/Casablanca", "Africa/Tunis", "Africa/Algiers", "Africa/Dakar", "Africa/Abidjan",
	"UTC",
}

func (p *fileParser) zone(e entry) *time.Location {
	name := cmp.Or(p.scalar(e, "zone"), defaultZone)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		p.complain(e.value, "time zone %q is not known%s; write an IANA name, such as %s", name, nearest(name, someZones), strings.Join(someZones[:5], ", "))
		return time.UTC
	}
	return zone
}

// Zone is where the line is: that of its first hours.
func (a *Assistant) Zone() *time.Location {
	if len(a.calendars) > 0 {
		return a.calendars[0].zone
	}
	zone, err := time.LoadLocation(defaultZone)
	if err != nil { // the table is part of the program
		return time.UTC
	}
	return zone
}
