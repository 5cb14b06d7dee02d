package entity

import "strings"

// Number says a number from 0 to 999,999 in words.
func Number(n int, language string) string {
	if language == "fr" {
		return frenchWords(n)
	}
	return englishWords(n)
}

func englishWords(n int) string {
	switch {
	case n < 20:
		return englishUnits()[n]
	case n < 100 && n%10 == 0:
		return englishTens()[n/10]
	case n < 100:
		return englishTens()[n/10] + "-" + englishUnits()[n%10]
	case n < 1000:
		return joined(englishUnits()[n/100]+" hundred", n%100, " and ", englishWords)
	case n%1000 < 100:
		return joined(englishWords(n/1000)+" thousand", n%1000, " and ", englishWords)
	}
	return joined(englishWords(n/1000)+" thousand", n%1000, " ", englishWords)
}

// joined adds the rest of a number to its head, if there is any.
func joined(head string, rest int, by string, words func(int) string) string {
	if rest == 0 {
		return head
	}
	return head + by + words(rest)
}

func frenchWords(n int) string {
	switch {
	case n == 0:
		return "zéro"
	case n < 100:
		return frenchBelowHundred(n)
	case n < 200:
		return joined("cent", n-100, " ", frenchWords)
	case n < 1000 && n%100 == 0:
		return frenchUnits()[n/100] + " cents"
	case n < 1000:
		return frenchUnits()[n/100] + " cent " + frenchWords(n%100)
	case n < 2000:
		return joined("mille", n-1000, " ", frenchWords)
	}
	return joined(unplural(n/1000)+" mille", n%1000, " ", frenchWords)
}

// unplural says how many thousands there are: before "mille" neither "cents" nor
// "vingts" keeps its s.
func unplural(n int) string {
	words := frenchWords(n)
	if n%100 == 0 || n%100 == 80 {
		return strings.TrimSuffix(words, "s")
	}
	return words
}

func frenchBelowHundred(n int) string {
	switch {
	case n < 17:
		return frenchUnits()[n]
	case n < 20:
		return "dix-" + frenchUnits()[n-10]
	case n == 71:
		return "soixante et onze"
	case n == 80:
		return "quatre-vingts"
	case n > 80:
		return "quatre-vingt-" + frenchBelowHundred(n-80)
	case n > 70:
		return "soixante-" + frenchBelowHundred(n-60)
	case n == 70:
		return "soixante-dix"
	case n%10 == 0:
		return frenchTens()[n/10]
	case n%10 == 1:
		return frenchTens()[n/10] + " et un"
	}
	return frenchTens()[n/10] + "-" + frenchUnits()[n%10]
}

// ordinalWords says the day of a month in English.
func ordinalWords(n int) string {
	if n <= 20 || n == 30 {
		return englishOrdinals()[n]
	}
	return englishTens()[n/10] + "-" + englishOrdinals()[n%10]
}

// Spelled parts the characters of a code so that every voice reads them one by one.
func Spelled(text string) string { return strings.Join(strings.Split(text, ""), ", ") }
