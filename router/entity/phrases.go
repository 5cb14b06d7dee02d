package entity

import "fmt"

// This file gives recognizers what callers may answer, to build a language model from:
// not all of it, but how it is put.

// TimePhrases are times of day as people say them.
func TimePhrases(language string) []string {
	var out []string
	for hour := 7; hour <= 19; hour++ {
		for _, minute := range []int{0, 15, 30, 45} {
			out = append(out, timePhrase(Clock{hour, minute}, language)...)
		}
	}
	if language == "fr" {
		return append(out, "à midi", "dix heures et demie", "neuf heures et quart", "onze heures moins le quart", "le matin", "l'après-midi")
	}
	return append(out, "at noon", "half past ten", "a quarter past nine", "a quarter to eleven", "in the morning", "in the afternoon")
}

func timePhrase(c Clock, language string) []string {
	if language == "fr" {
		text := frenchWords(c.Hour) + " heures"
		if c.Minute > 0 {
			text += " " + frenchWords(c.Minute)
		}
		return []string{"à " + text}
	}
	text := englishWords((c.Hour+11)%12 + 1)
	if c.Minute == 0 {
		return []string{"at " + text, text + " o'clock", c.Spoken("en")}
	}
	return []string{"at " + text + " " + englishWords(c.Minute)}
}

// AmountPhrases are amounts of a currency as people say them.
func AmountPhrases(language, currency string) []string {
	var out []string
	for _, n := range []int{10, 15, 20, 25, 30, 35, 40, 42, 45, 50, 55, 60, 70, 75, 80, 85, 90, 100, 110, 120, 150, 180, 200, 250, 300, 350, 400, 500, 600, 800, 1000} {
		out = append(out, Amount{n * 100, currency}.Spoken(language))
	}
	for _, n := range []int{1250, 1999, 2250, 4250, 6075, 12050} {
		out = append(out, Amount{n, currency}.Spoken(language))
	}
	return out
}

// NumberPhrases are whole numbers from least on, up to most, a hundred at most.
func NumberPhrases(language string, least, most int) []string {
	const count = 100
	var out []string
	for n := least; n <= min(most, least+count); n++ {
		out = append(out, Number(n, language))
	}
	return out
}

// DatePhrases are dates as people say them in talk, beside the days of a calendar.
func DatePhrases(language string) []string {
	days, next, in := englishWeekdays(), "next %s", "in %s days"
	if language == "fr" {
		days, next, in = frenchWeekdays(), "%s prochain", "dans %s jours"
	}
	var out []string
	for _, d := range days {
		out = append(out, d, fmt.Sprintf(next, d))
	}
	for n := 2; n <= 10; n++ {
		out = append(out, fmt.Sprintf(in, Number(n, language)))
	}
	return out
}
