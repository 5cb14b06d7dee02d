package entity

import "slices"

// Amounts gives the amounts of money that were said. What is said in cents alone is in
// the currency that is expected; with asked, a number without a currency is an amount
// of it.
func (h *Heard) Amounts(expected string, asked bool) []Amount {
	found, _ := h.amounts(expected, asked)
	return found
}

func (h *Heard) amounts(expected string, asked bool) (found []Amount, spans []span) {
	for i := 0; i < len(h.tokens); {
		a, n := h.amountAt(i, expected)
		if n == 0 {
			i++
			continue
		}
		spans = append(spans, span{i, i + n})
		for _, said := range append(h.orAmount(i, a.Currency), a) {
			if !slices.Contains(found, said) {
				found = append(found, said)
			}
		}
		i += n
	}
	if len(found) == 0 && asked && !h.hasDate() && !h.hasTime() {
		return h.bareAmount(expected)
	}
	return found, spans
}

// orAmount gives the "twenty" of "twenty or thirty euros" and "between twenty and thirty
// euros", of which the thirty are at i.
func (h *Heard) orAmount(i int, currency string) []Amount {
	for k := max(i-8, 0); k < i-1; k++ {
		if cents, n := h.money(k); n > 0 && k+n == i-1 && h.alternatives(k, i-1) {
			return []Amount{{cents, currency}}
		}
	}
	return nil
}

// bareAmount reads "forty-two" and "forty-two fifty" where it is the only number.
func (h *Heard) bareAmount(currency string) ([]Amount, []span) {
	var found []Amount
	var spans []span
	for i := 0; i < len(h.tokens); i++ {
		if h.article(i) {
			continue
		}
		cents, n := h.money(i)
		if n == 0 {
			continue
		}
		if more, k := h.cardinal(i + n); k > 0 && more < 100 && more >= 10 && cents%100 == 0 && !h.at(i+n).pause {
			cents, n = cents+more, n+k
		}
		found, spans = append(found, Amount{cents, currency}), append(spans, span{i, i + n})
		if h.counts(i+n) || h.clockAfter(i+n) || len(found) > 1 {
			return nil, nil
		}
		i += n - 1
	}
	return found, spans
}

func (h *Heard) amountAt(i int, expected string) (Amount, int) {
	if c := h.sign(i); c != "" {
		if cents, n := h.money(i + 1); n > 0 {
			return Amount{cents, c}, n + 1
		}
		return Amount{}, 0
	}
	cents, n := h.money(i)
	if n == 0 {
		return Amount{}, 0
	}
	if cents < 100*100 && h.centsAt(i+n) {
		return Amount{cents / 100, expected}, n + 1
	}
	currency := h.currency(i + n)
	if currency == "" {
		return Amount{}, 0
	}
	n++
	n += h.skip(i+n, "sterling")
	if more, k := h.centsAfter(i + n); k > 0 && cents%100 == 0 {
		cents, n = cents+more, n+k
	}
	return Amount{cents, currency}, n
}

// hundredAlone reads the "hundred and fifty" of one who leaves the "a" out, or whose "a" was
// not heard; "several hundred" is no number.
func (h *Heard) hundredAlone(i int) (value, n int) {
	before := h.at(i - 1)
	if h.french || !h.at(i).is("hundred", "thousand") || before.is("of", "several", "few", "some", "many", "half") || before.figures() || h.numeral(i-1).kind != noNumeral {
		return 0, 0
	}
	v := &Heard{tokens: append([]token{{text: "one"}}, h.tokens[i:]...)}
	value, n = v.cardinal(0)
	return value, n - 1
}

// centsAfter reads "and fifty cents", "cinquante centimes" and "cinquante" after euros.
func (h *Heard) centsAfter(i int) (cents, n int) {
	if n, _ := h.phrase(i, "and a half", "et demi", "et demie"); n > 0 {
		return 50, n
	}
	and := h.skip(i, "and", "et")
	cents, n = h.cardinal(i + and)
	if next := h.numeral(i + and + 1); (h.at(i+and).is("zero") || h.zero(i+and)) && next.kind == unit && next.value > 0 {
		cents, n = next.value, 2
	}
	if n == 0 || cents > 99 {
		return 0, 0
	}
	if h.centsAt(i + and + n) {
		return cents, and + n + 1
	}
	if and > 0 || h.at(i).pause || h.counts(i+n) || h.clockAfter(i+n) || h.currency(i+n) != "" || h.moreDigits(i+n) {
		return 0, 0
	}
	return cents, n
}

// money reads a number with or without decimals, in hundredths: "42,50", "1 220.50",
// "forty two point five", "deux cents".
func (h *Heard) money(i int) (cents, n int) {
	value, n := h.cardinal(i)
	if n == 0 {
		value, n = h.hundredAlone(i)
	}
	if n == 0 && !h.french && h.at(i).is("a", "an") && h.currency(i+1) != "" {
		value, n = 1, 1 // "a euro fifty"
	}
	if n == 0 {
		return 0, 0
	}
	if h.at(i).figures() {
		for h.thousandsAfter(i + n) {
			skip := 0
			if !h.at(i + n).figures() {
				skip = 1
			}
			rest, _ := h.figures(i + n + skip)
			value, n = value*1000+rest, n+skip+1
		}
	}
	if value > MostCents/100 {
		return 0, 0
	}
	if half, k := h.half(i+n, value); k > 0 {
		return half, n + k
	}
	part, k := h.decimals(i + n)
	return value*100 + part, n + k
}

// half reads the "and a half" of "ten and a half" and "two and a half thousand", where value
// went before, in hundredths of all of it.
func (h *Heard) half(i, value int) (cents, n int) {
	n, _ = h.phrase(i, "and a half", "et demi", "et demie")
	if n == 0 {
		return 0, 0
	}
	cents = value*100 + 50
	if next := h.numeral(i + n); (next.kind == hundred || next.kind == thousand) && cents*next.value <= MostCents {
		return cents * next.value, n + 1
	}
	return cents, n
}

// thousandsAfter reports whether three figures follow that go on with a number: " 220",
// ",220" in English, ".220" in French.
func (h *Heard) thousandsAfter(i int) bool {
	mark := ","
	if h.french {
		mark = "."
	}
	if h.at(i).is(mark) && h.at(i).glued {
		i++
	} else if h.at(i).pause {
		return false
	}
	return h.at(i).figures() && len(h.at(i).text) == 3 && len(h.at(i-1).text) <= 3
}

// decimals reads ".50", ",5", "point five", "virgule zéro cinq", in hundredths.
func (h *Heard) decimals(i int) (value, n int) {
	written := h.at(i).is(".", ",") && h.at(i).glued
	if !written && !h.at(i).is("point", "virgule") {
		return 0, 0
	}
	digits, k := "", 0
	if next := h.at(i + 1); next.figures() {
		digits, k = next.text, 1
	} else {
		digits, k = h.saidDecimals(i + 1)
	}
	if k == 0 || len(digits) > 2 {
		return 0, 0
	}
	value = int(digits[0]-'0') * 10
	if len(digits) == 2 {
		value += int(digits[1] - '0')
	}
	return value, k + 1
}

// saidDecimals reads one or two digits: "five", "zero five", "fifty".
func (h *Heard) saidDecimals(i int) (digits string, n int) {
	if first := h.numeral(i); first.kind == unit || h.at(i).is("oh", "o") {
		digits = string(rune('0' + first.value))
		if second := h.numeral(i + 1); second.kind == unit && (!h.french || first.value != 4) {
			return digits + string(rune('0'+second.value)), 2
		}
		if v, k := h.cardinal(i); k > 1 && v > 9 && v < 100 { // "quatre vingt"
			return string(rune('0'+v/10)) + string(rune('0'+v%10)), k
		}
		return digits, 1
	}
	v, k := h.cardinal(i)
	if k == 0 || v > 99 {
		return "", 0
	}
	return string(rune('0'+v/10)) + string(rune('0'+v%10)), k
}

func (h *Heard) sign(i int) string {
	switch h.at(i).text {
	case "€":
		return "EUR"
	case "£":
		return "GBP"
	case "$":
		return "USD"
	}
	return ""
}

func (h *Heard) currency(i int) string {
	switch h.at(i).text {
	case "euro", "euros", "eur", "€":
		return "EUR"
	case "pound", "pounds", "quid", "livre", "livres", "gbp", "£":
		return "GBP"
	case "dollar", "dollars", "usd", "$":
		return "USD"
	case "franc", "francs", "chf":
		return "CHF"
	}
	return ""
}

// centsAt reports whether token i names hundredths. In French "cents" is a number.
func (h *Heard) centsAt(i int) bool {
	return h.at(i).is("centime", "centimes", "penny", "pennies", "pence") || !h.french && h.at(i).is("cent", "cents")
}
