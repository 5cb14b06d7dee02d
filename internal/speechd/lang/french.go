package lang

import "strings"

func french() *Pack {
	return &Pack{
		Code: "fr",
		Digits: [10][]string{
			{"zéro"},
			{"un"},
			{"deux"},
			{"trois"},
			{"quatre"},
			{"cinq"},
			{"six"},
			{"sept"},
			{"huit"},
			{"neuf"},
		},
		Repeats: map[string]int{"double": 2, "triple": 3},
		Yes: []string{
			"oui", "ouais", "oui merci", "oui s'il vous plaît", "d'accord", "c'est ça", "oui c'est ça", "exact", "exactement",
			"tout à fait", "bien sûr", "oui bien sûr", "c'est exact", "c'est bien ça", "oui c'est exact", "oui tout à fait", "parfait",
			"allez-y", "volontiers", "absolument", "oui oui", "si", "voilà", "oui voilà", "ok", "oui je veux bien",
		},
		No: []string{
			"non", "non merci", "pas du tout", "c'est faux", "non c'est faux", "non pas du tout", "non ce n'est pas ça",
			"ce n'est pas ça", "pas maintenant", "non pas maintenant", "jamais", "non non", "pas vraiment", "c'est tout", "non c'est tout",
			"rien d'autre", "non rien d'autre", "non désolé", "incorrect", "non ce n'est pas bon", "surtout pas", "pas encore",
		},
		Before:      []string{"bonjour", "allô", "oui", "oui bonjour", "bonsoir", "bonjour madame", "bonjour monsieur", "alors", "ben", "d'accord", "pardon"},
		After:       []string{"s'il vous plaît", "merci", "svp", "maintenant", "s'il te plaît"},
		Hesitations: []string{"euh"},
		Common:      lines(commonFR),
		NumberLeads: []string{
			"", "", "", "c'est", "c'est le", "le numéro est", "mon numéro est le", "mon numéro de carte est le", "le numéro de ma carte c'est le",
			"ma carte c'est le", "carte", "il indique", "le relevé est", "mon relevé est", "le compteur indique", "oui c'est le", "alors", "j'ai",
		},
		Letters:     letters("abcdefghijklmnopqrstuvwxyz", func(l string) string { return l }),
		Months:      strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
		WeekDays:    strings.Fields("lundi mardi mercredi jeudi vendredi samedi dimanche"),
		Days:        []string{"aujourd'hui", "demain", "hier", "la semaine prochaine", "la semaine dernière", "le mois dernier", "le mois prochain", "après demain"},
		number:      frenchNumber,
		Thousand:    "mille",
		MonthDays:   append([]string{"premier"}, frenchRange(1, 31)...),
		DaysAway:    append([]string{"dans une semaine", "dans un mois", "dans quinze jours"}, counted(2, 14, frenchNumber, "dans ", " jours")...),
		NextWeekDay: func(day string) string { return day + " prochain" },
		DayAlone:    func(day string) string { return "le " + day },
		DateLeads:   []string{"c'est", "c'était", "depuis", "le", "c'est le", "à partir de"},
		dayOf: func(day, month string) []string {
			return []string{day + " " + month, "le " + day + " " + month}
		},
		elisions: true,
	}
}

func frenchNumber(n int) string {
	small := strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
	tens := strings.Fields("- - vingt trente quarante cinquante soixante")
	switch {
	case n < 17:
		return small[n]
	case n < 20:
		return "dix " + small[n-10]
	case n < 70 && n%10 == 1:
		return tens[n/10] + " et un"
	case n < 70:
		return join(tens[n/10], n%10, frenchNumber)
	case n == 71:
		return "soixante et onze"
	case n < 80:
		return "soixante " + frenchNumber(n-60)
	case n < 100:
		return join("quatre vingt", n-80, frenchNumber)
	case n < 200:
		return join("cent", n-100, frenchNumber)
	case n < 1000:
		return join(small[n/100]+" cent", n%100, frenchNumber)
	case n < 2000:
		return join("mille", n-1000, frenchNumber)
	}
	return join(frenchNumber(n/1000)+" mille", n%1000, frenchNumber)
}

func frenchRange(from, to int) []string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, frenchNumber(n))
	}
	return out
}
