package entity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MostCents is the largest amount that is read, in cents: 999,999.99.
const MostCents = 99_999_999

// An Amount is a sum of money.
type Amount struct {
	Cents    int
	Currency string // ISO 4217: one of Currencies
}

// Currencies lists the currencies that are understood.
func Currencies() []string { return []string{"EUR", "GBP", "USD", "CHF"} }

// String writes the amount as "42.50 EUR".
func (a Amount) String() string {
	return fmt.Sprintf("%d.%02d %s", a.Cents/100, a.Cents%100, a.Currency)
}

// ParseAmount reads what String wrote; the currency may be left out, and so may cents.
func ParseAmount(s, currency string) (Amount, error) {
	number, given, named := strings.Cut(s, " ")
	if named {
		currency = given
	}
	cents, ok := decimal(number, ".")
	if !ok || !slices.Contains(Currencies(), currency) {
		return Amount{}, fmt.Errorf("%q is no amount: write 42.50, up to 999999.99", s)
	}
	return Amount{cents, currency}, nil
}

// KeyedAmount reads keys, with a comma where '*' was pressed.
func KeyedAmount(keys, currency string) (Amount, bool) {
	cents, ok := decimal(strings.TrimSuffix(keys, ","), ",")
	return Amount{cents, currency}, ok
}

// decimal reads a number with at most two decimals, in hundredths.
func decimal(s, mark string) (cents int, ok bool) {
	whole, part, _ := strings.Cut(s, mark)
	if whole == "" || len(whole) > 6 || len(part) > 2 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	cents, err := strconv.Atoi(whole + (part + "00")[:2])
	return cents, err == nil
}

// Spoken says the amount: "forty-two euros and fifty cents", "quarante-deux euros
// cinquante".
func (a Amount) Spoken(language string) string {
	whole, cents := a.Cents/100, a.Cents%100
	if language == "fr" {
		money := frenchMoney(a.Currency)
		switch {
		case cents == 0:
			return Number(whole, "fr") + " " + plural(money, whole > 1)
		case whole == 0:
			return Number(cents, "fr") + " " + frenchCents(a.Currency, cents > 1)
		}
		return Number(whole, "fr") + " " + plural(money, whole > 1) + " " + Number(cents, "fr")
	}
	name, part := englishMoney(a.Currency)
	big := Number(whole, "en") + " " + plural(name, whole != 1)
	little := Number(cents, "en") + " " + part
	if part != "pence" {
		little = Number(cents, "en") + " " + plural(part, cents != 1)
	}
	switch {
	case cents == 0:
		return big
	case whole == 0:
		return little
	}
	return big + " and " + little
}

func plural(word string, many bool) string {
	if many {
		return word + "s"
	}
	return word
}

func frenchMoney(currency string) string {
	return map[string]string{"EUR": "euro", "GBP": "livre", "USD": "dollar", "CHF": "franc"}[currency]
}

// frenchCents names hundredths where nothing else is said; "cents" would be hundreds.
func frenchCents(currency string, many bool) string {
	if currency == "GBP" {
		return "pence"
	}
	return plural("centime", many)
}

func englishMoney(currency string) (name, part string) {
	switch currency {
	case "GBP":
		return "pound", "pence"
	case "USD":
		return "dollar", "cent"
	case "CHF":
		return "franc", "centime"
	}
	return "euro", "cent"
}
