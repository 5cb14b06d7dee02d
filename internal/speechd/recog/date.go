package recog

import "github.com/callward/callward/internal/speechd/lm"

// Shares of the ways to say a date.
const (
	shareTalk    = 0.4  // "tomorrow", "next Tuesday", "in two days"
	shareNamed   = 0.2  // a weekday before a day and a month
	shareYear    = 0.15 // a year after them
	shareNoMonth = 0.15 // a day alone
)

// The years that are said with a date.
const (
	firstYear = 1930
	lastYear  = 2040
)

// date accepts a day and a month in any order, with or without a weekday before and a
// year after; a day of this month; a weekday; or words such as "tomorrow" and "in two
// days".
func (l *language) date() (*lm.Grammar, lm.State) {
	g := lm.NewGrammar()
	from, to, final := l.frame(g, l.pack.DateLeads)
	g.Phrases(from, to, l.phrases(l.talkOfDays()), shareTalk)
	day, dated := g.State(), g.State()
	g.Skip(from, day, 1-shareTalk-shareNamed)
	g.Phrases(from, day, l.phrases(l.pack.WeekDays), shareNamed)
	g.Phrases(day, dated, l.phrases(l.daysOfMonths()), 1-shareNoMonth)
	g.Phrases(day, to, l.phrases(l.daysAlone()), shareNoMonth)
	g.Skip(dated, to, 1-shareYear)
	g.Phrases(dated, to, l.phrases(l.years()), shareYear)
	return g, final
}

func (l *language) talkOfDays() []string {
	texts := append([]string{}, l.pack.Days...)
	texts = append(texts, l.pack.Months...)
	for _, w := range l.pack.WeekDays {
		texts = append(texts, w, l.pack.NextWeekDay(w))
	}
	return append(texts, l.pack.DaysAway...)
}

func (l *language) daysOfMonths() []string {
	var texts []string
	for _, month := range l.pack.Months {
		for _, day := range l.pack.MonthDays {
			texts = append(texts, l.pack.DayOf(day, month)...)
		}
	}
	return texts
}

func (l *language) daysAlone() []string {
	var texts []string
	for _, day := range l.pack.MonthDays {
		texts = append(texts, l.pack.DayAlone(day))
	}
	return texts
}

// years are said as one number, and in English as two.
func (l *language) years() []string {
	var texts []string
	for y := firstYear; y <= lastYear; y++ {
		texts = append(texts, l.pack.Join(l.pack.Number(y)))
		if l.pack.And != "" && y%100 >= 10 {
			texts = append(texts, l.pack.Join(append(l.pack.Number(y/100), l.pack.Number(y%100)...)))
		}
	}
	return texts
}
