package corpus

import (
	"strconv"
	"strings"
)

// A style says digits, as parts that belong together: words of a group, or
// figures. What stands between parts is the caller's affair.
type style struct {
	name string
	say  func(s *scene, digits string) []string
}

// spoken are the styles of words, written those of figures, odd those that a
// recognizer's formatting leaves behind.
func spoken() []style {
	return []style{
		{"digits", (*scene).single},
		{"digits", (*scene).single},
		{"pairs", func(s *scene, d string) []string { return s.grouped(d, 2) }},
		{"threes", func(s *scene, d string) []string { return s.grouped(d, 3) }},
		{"thousands", func(s *scene, d string) []string { return s.grouped(d, 4) }},
		{"hundreds", (*scene).hundreds},
		{"doubles", (*scene).doubled},
		{"anyhow", (*scene).anyhow},
		{"pairs and digits", (*scene).pairsAndDigits},
		{"hyphens", func(s *scene, d string) []string { return []string{strings.Join(s.single(d), "-")} }},
		{"capitals", func(s *scene, d string) []string { return upper(s.single(d)) }},
		{"glued", (*scene).glued},
	}
}

func written() []style {
	return []style{
		{"figures apart", func(_ *scene, d string) []string { return strings.Split(d, "") }},
		{"in one", func(_ *scene, d string) []string { return []string{d} }},
		{"fours", func(_ *scene, d string) []string { return cut(d, 4) }},
		{"threes", func(_ *scene, d string) []string { return cut(d, 3) }},
		{"pairs", func(_ *scene, d string) []string { return cut(d, 2) }},
		{"uneven", (*scene).uneven},
		{"amex", amex},
	}
}

func odd() []style {
	join := func(n int, by string) func(*scene, string) []string {
		return func(_ *scene, d string) []string { return []string{strings.Join(cut(d, n), by)} }
	}
	return []style{
		{"dashes", join(4, "-")},
		{"spaced dashes", join(4, " - ")},
		{"dots", join(4, ".")},
		{"commas", join(4, ", ")},
		{"slashes", join(4, "/")},
		{"pair dots", join(2, ".")},
		{"thin spaces", join(4, "\u2009")},
		{"no-break spaces", join(4, "\u00a0")},
		{"narrow no-break spaces", join(4, "\u202f")},
		{"underscores", join(4, "_")},
		{"no-break hyphens", join(4, "\u2011")},
		{"en dashes", join(4, "–")},
		{"sentences", join(4, ". ")},
		{"single dots", join(1, ". ")},
		{"single dashes", join(1, "-")},
		{"thousands", (*scene).separated},
		{"full-width", wide},
		{"zero-width", join(4, "\u200b")},
		{"half", (*scene).half},
		{"half", (*scene).half},
		{"clock", (*scene).clock},
		{"money", (*scene).money},
		{"prices", (*scene).prices},
		{"times", pairsIn(":")},
		{"letters", letters},
		{"fractions", pairsIn("/")},
		{"decimals", pairsIn(".")},
		{"brackets", bracketed},
		{"words ended", (*scene).sentences},
	}
}

// dictation draws a way to say a number.
func (s *scene) dictation(digits string) []string {
	switch {
	case s.chance(55):
		return s.speak(digits)
	case s.chance(45):
		return pick(s, written()).say(s, digits)
	}
	return pick(s, odd()).say(s, digits)
}

// speak draws a way to say a number in words.
func (s *scene) speak(digits string) []string { return pick(s, spoken()).say(s, digits) }

func (s *scene) single(digits string) []string {
	var out []string
	for _, d := range digits {
		out = append(out, s.unit(byte(d)))
	}
	return out
}

// unit says one digit.
func (s *scene) unit(d byte) string {
	if d == '0' {
		if s.chance(15) {
			return pick(s, s.zeros)
		}
		return s.accent.zero
	}
	return s.number(int(d-'0'), s.accent)
}

// grouped says n digits at a time as one number, zeros before it apart.
func (s *scene) grouped(digits string, n int) []string {
	var out []string
	for _, g := range cut(digits, n) {
		out = append(out, s.group(g))
	}
	return out
}

// group says digits as one number.
func (s *scene) group(g string) string {
	var out []string
	for len(g) > 1 && g[0] == '0' {
		out = append(out, s.unit('0'))
		g = g[1:]
	}
	if g == "0" {
		return strings.Join(append(out, s.unit('0')), " ")
	}
	n, _ := strconv.Atoi(g)
	return strings.Join(append(out, s.number(n, s.accent)), " ")
}

// hundreds says "nineteen hundred" and "forty-five hundred six"; in French
// "dix-neuf cent" is said, but seldom.
func (s *scene) hundreds(digits string) []string {
	var out []string
	for _, g := range cut(digits, 4) {
		if len(g) < 4 || g[0] == '0' || g[1] == '0' || s.lang == "fr" && (g[0] != '1' || g[1] == '0') {
			out = append(out, s.group(g))
			continue
		}
		head, _ := strconv.Atoi(g[:2])
		rest, _ := strconv.Atoi(g[2:])
		words := s.number(head, s.accent) + " " + s.hundred
		if rest > 0 {
			words += " " + s.number(rest, s.accent)
		}
		out = append(out, words)
	}
	return out
}

// doubled says "double four", "triple zero", "two fives".
func (s *scene) doubled(digits string) []string {
	var out []string
	for len(digits) > 0 {
		n := 1
		for n < min(4, len(digits)) && digits[n] == digits[0] {
			n++
		}
		if n > 1 {
			out = append(out, s.times(s, n, digits[0]))
		} else {
			out = append(out, s.unit(digits[0]))
		}
		digits = digits[n:]
	}
	return out
}

// anyhow cuts the digits as they come, from one to four.
func (s *scene) anyhow(digits string) []string {
	var out []string
	for len(digits) > 0 {
		n := min(1+s.r.IntN(4), len(digits))
		out = append(out, s.group(digits[:n]))
		digits = digits[n:]
	}
	return out
}

func (s *scene) pairsAndDigits(digits string) []string {
	var out []string
	for len(digits) > 0 {
		n := min(1+s.r.IntN(2), len(digits))
		out = append(out, s.group(digits[:n]))
		digits = digits[n:]
	}
	return out
}

// glued is a recognizer that leaves blanks out.
func (s *scene) glued(digits string) []string {
	var out []string
	for _, g := range cut(digits, 2) {
		words := s.group(g)
		if s.chance(70) {
			words = strings.NewReplacer(" ", "", "-", "").Replace(words)
		}
		out = append(out, words)
	}
	return out
}

// half writes some digits and leaves others in words.
func (s *scene) half(digits string) []string {
	var out []string
	for len(digits) > 0 {
		n := min(1+s.r.IntN(pick(s, []int{1, 2, 4})), len(digits))
		if s.chance(50) {
			out = append(out, digits[:n])
		} else {
			out = append(out, s.group(digits[:n]))
		}
		digits = digits[n:]
	}
	return out
}

func (s *scene) uneven(digits string) []string {
	var out []string
	for len(digits) > 0 {
		n := min(1+s.r.IntN(7), len(digits))
		out = append(out, digits[:n])
		digits = digits[n:]
	}
	return out
}

// amex writes 4, 6 and 5 figures.
func amex(_ *scene, digits string) []string {
	if len(digits) < 11 {
		return []string{digits}
	}
	return []string{digits[:4], digits[4:10], digits[10:]}
}

// separated writes the card as one great number.
func (s *scene) separated(digits string) []string {
	head := len(digits) % 3
	groups := cut(digits[head:], 3)
	if head > 0 {
		groups = append([]string{digits[:head]}, groups...)
	}
	return []string{strings.Join(groups, pick(s, []string{",", ".", "\u202f", "'", "’"}))}
}

// clock is what a recognizer makes of pairs that could be times.
func (s *scene) clock(digits string) []string {
	var out []string
	for _, g := range cut(digits, 4) {
		if len(g) == 4 && g[0] < '3' && g[2] < '6' {
			g = g[:2] + s.clockMark + g[2:]
		}
		out = append(out, g)
	}
	return out
}

// money is what it makes of a first group that could be an amount.
func (s *scene) money(digits string) []string {
	g := cut(digits, 4)
	g[0] = s.currency + g[0]
	return g
}

// prices is what it makes of groups that could all be amounts.
func (s *scene) prices(digits string) []string {
	g := cut(digits, 4)
	after := s.chance(50)
	for i := range g {
		if len(g[i]) == 4 && s.chance(50) {
			g[i] = g[i][:2] + "." + g[i][2:]
		}
		if after {
			g[i] += s.currency
		} else {
			g[i] = s.currency + g[i]
		}
	}
	return g
}

func (s *scene) sentences(digits string) []string {
	out := s.single(digits)
	for i, w := range out {
		out[i] = strings.ToUpper(w[:1]) + w[1:] + pick(s, []string{".", ".", ",", " -", ";", "..."})
	}
	return out
}

// homophones says the digits one by one; some of them are misheard.
func (s *scene) homophones(digits string) []string {
	out := s.single(digits)
	for i := range out {
		if alike := s.alike[digits[i]]; len(alike) > 0 && s.chance(30) {
			out[i] = pick(s, alike)
		}
	}
	return out
}

// wide writes full-width figures.
func wide(_ *scene, digits string) []string {
	var out []string
	for _, g := range cut(digits, 4) {
		out = append(out, strings.Map(func(r rune) rune { return r - '0' + '０' }, g))
	}
	return out
}

func cut(digits string, n int) []string {
	var out []string
	for len(digits) > n {
		out = append(out, digits[:n])
		digits = digits[n:]
	}
	return append(out, digits)
}

func upper(words []string) []string {
	for i := range words {
		words[i] = strings.ToUpper(words[i])
	}
	return words
}

// inRow joins parts as one stretch of speech.
func (s *scene) inRow(parts []string) string {
	return strings.Join(parts, pick(s, []string{" ", " ", " ", ", "}))
}
