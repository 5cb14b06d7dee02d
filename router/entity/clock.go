package entity

import (
	"fmt"
	"time"
)

// A Clock is a time of day, to the minute.
type Clock struct{ Hour, Minute int }

// ParseClock reads what String wrote, as in "09:30".
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return Clock{}, fmt.Errorf("a time is written 09:30: %w", err)
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

// KeyedClock reads the four keys HHMM.
func KeyedClock(keys string) (Clock, bool) {
	t, err := time.Parse("1504", keys)
	return Clock{t.Hour(), t.Minute()}, err == nil && len(keys) == 4
}

// String writes the time as 09:30.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// Minutes counts from midnight.
func (c Clock) Minutes() int { return c.Hour*60 + c.Minute }

func (c Clock) valid() bool { return c.Hour >= 0 && c.Hour < 24 && c.Minute >= 0 && c.Minute < 60 }

// Spoken says the time: "ten thirty in the morning", "dix heures trente du matin".
func (c Clock) Spoken(language string) string {
	if language == "fr" {
		return c.french()
	}
	switch c {
	case Clock{12, 0}:
		return "noon"
	case Clock{0, 0}:
		return "midnight"
	}
	text := englishWords((c.Hour+11)%12 + 1)
	switch {
	case c.Minute == 0:
	case c.Minute < 10:
		text += " oh " + englishWords(c.Minute)
	default:
		text += " " + englishWords(c.Minute)
	}
	switch {
	case c.Hour == 0:
		return text + " at night"
	case c.Hour < 12:
		return text + " in the morning"
	case c.Hour < 18:
		return text + " in the afternoon"
	}
	return text + " in the evening"
}

func (c Clock) french() string {
	switch c {
	case Clock{12, 0}:
		return "midi"
	case Clock{0, 0}:
		return "minuit"
	}
	text := frenchWords(c.Hour)
	if c.Hour == 1 || c.Hour == 21 {
		text += "e"
	}
	text += " heure"
	if c.Hour > 1 {
		text += "s"
	}
	if c.Minute > 0 {
		text += " " + frenchWords(c.Minute)
		if c.Minute%10 == 1 && c.Minute > 11 || c.Minute == 1 {
			text += "e" // minutes are feminine
		}
	}
	if c.Hour > 0 && c.Hour < 12 {
		text += " du matin"
	}
	return text
}
