package lang

import "strings"

func english() *Pack {
	return &Pack{
		Code: "en",
		Digits: [10][]string{
			{"zero", "oh"},
			{"one"},
			{"two"},
			{"three"},
			{"four"},
			{"five"},
			{"six"},
			{"seven"},
			{"eight"},
			{"nine"},
		},
		Repeats: map[string]int{"double": 2, "triple": 3},
		Yes: []string{
			"yes", "yeah", "yep", "yes please", "yes it is", "yes that's right", "that's right", "that's correct", "correct",
			"right", "sure", "ok", "okay", "of course", "absolutely", "exactly", "yes i do", "yes i am", "yes i would",
			"please do", "go ahead", "yes go ahead", "yes of course", "yes that's correct", "yup", "perfect", "yes thank you",
		},
		No: []string{
			"no", "nope", "no thanks", "no thank you", "not really", "no that's wrong", "that's wrong", "wrong", "no it isn't",
			"no it's not", "not that", "no i don't", "no i'm not", "not now", "not yet", "no that's not right",
			"that's not right", "no that's not it", "no way", "never", "incorrect", "no sorry", "that's all", "no that's all",
			"nothing else", "no nothing else",
		},
		Before:      []string{"hello", "hi", "good morning", "good afternoon", "yes", "yes hello", "hello there", "okay", "so", "well", "please", "sorry"},
		After:       []string{"please", "thank you", "thanks", "then", "now"},
		Hesitations: []string{"um", "uh"},
		Common:      lines(commonEN),
		NumberLeads: []string{
			"", "", "", "it is", "it's", "the number is", "my number is", "my card number is", "the card number is", "card number",
			"it says", "the reading is", "the meter reads", "the meter says", "my meter reading is", "yes it's", "my reference is", "that's",
		},
		Letters:  letters("abcdefghijklmnopqrstuvwxyz", func(l string) string { return l + "." }),
		Months:   strings.Fields("january february march april may june july august september october november december"),
		WeekDays: strings.Fields("monday tuesday wednesday thursday friday saturday sunday"),
		Days:     []string{"today", "tomorrow", "yesterday", "next week", "last week", "last month", "next month"},
		number:   englishNumber,
		Thousand: "thousand",
		And:      "and",
		MonthDays: strings.Split("first,second,third,fourth,fifth,sixth,seventh,eighth,ninth,tenth,eleventh,twelfth,thirteenth,"+
			"fourteenth,fifteenth,sixteenth,seventeenth,eighteenth,nineteenth,twentieth,twenty first,twenty second,twenty third,"+
			"twenty fourth,twenty fifth,twenty sixth,twenty seventh,twenty eighth,twenty ninth,thirtieth,thirty first", ","),
		DaysAway:    append([]string{"the day after tomorrow", "in a week", "in a month"}, counted(2, 14, englishNumber, "in ", " days")...),
		NextWeekDay: func(day string) string { return "next " + day },
		DayAlone:    func(day string) string { return "the " + day },
		DateLeads:   []string{"it is", "it's", "on", "it was", "since", "on the", "the"},
		dayOf: func(day, month string) []string {
			return []string{month + " " + day, month + " the " + day, "the " + day + " of " + month, day + " of " + month, day + " " + month}
		},
	}
}

func letters(all string, word func(string) string) map[string]string {
	out := make(map[string]string, len(all))
	for _, l := range all {
		out[string(l)] = word(string(l))
	}
	return out
}

// counted says the numbers from one to another, with words around them.
func counted(from, to int, number func(int) string, before, after string) []string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, before+number(n)+after)
	}
	return out
}

func englishNumber(n int) string {
	small := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
		"sixteen seventeen eighteen nineteen")
	tens := strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	switch {
	case n < 20:
		return small[n]
	case n < 100:
		return join(tens[n/10], n%10, englishNumber)
	case n < 1000:
		return join(small[n/100]+" hundred", n%100, englishNumber)
	}
	return join(englishNumber(n/1000)+" thousand", n%1000, englishNumber)
}

// join adds the rest of a number to its head, if there is any.
func join(head string, rest int, speak func(int) string) string {
	if rest == 0 {
		return head
	}
	return head + " " + speak(rest)
}
