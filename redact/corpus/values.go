package corpus

import (
	"strconv"
	"strings"
)

// commonValues are the slots that differ between languages in their number words
// alone.
func commonValues(num func(*scene, int) string) map[string]func(*scene) string {
	small := func(from, to int) func(*scene) string {
		return func(s *scene) string { return num(s, from+s.r.IntN(to-from)) }
	}
	return map[string]func(*scene) string{
		"age": small(2, 97), "count": small(2, 60), "small": small(2, 10), "room": small(3, 450), "percent": small(2, 100),
		"order": func(s *scene) string { return s.shown(s.digits(6 + s.r.IntN(3))) },
		"meter": func(s *scene) string { return s.shown(s.digits(5)) },
		"digits5": func(s *scene) string {
			return pick(s, []string{s.shown("12345"), s.shown("321"), s.shown(s.digits(5))})
		},
		"year":    func(s *scene) string { return strconv.Itoa(1950 + s.r.IntN(76)) },
		"version": func(s *scene) string { return strconv.Itoa(s.r.IntN(20)) + "." + strconv.Itoa(s.r.IntN(30)) },
		"score": func(s *scene) string {
			return num(s, 2+s.r.IntN(5)) + pick(s, []string{"-", " - ", " "}) + num(s, s.r.IntN(4))
		},
		"longtracking": func(s *scene) string { return s.shown(s.digits(16)) },
		"longsiret": func(s *scene) string {
			siren := checked(s.digits(8))
			return s.shown(checked(siren + "000" + s.digits(1)))
		},
		"longean": func(s *scene) string {
			return s.shown(withGS1(pick(s, []string{"37", "50", "400", "978"}) + s.digits(9)))
		},
		"longimei": func(s *scene) string { return s.shown(checked("35" + s.digits(12))) },
		"longpdl":  func(s *scene) string { return s.shown(pick(s, []string{"0", "1", "2"}) + s.digits(13)) },
		"longpost": func(s *scene) string {
			return s.shown(pick(s, []string{"99", "94", "77", "8"}) + s.digits(10+s.r.IntN(10)))
		},
		"birthday": func(s *scene) string {
			d, m, y := two(1+s.r.IntN(28)), two(1+s.r.IntN(12)), strconv.Itoa(1930+s.r.IntN(80))
			return pick(s, []string{d + " " + m + " " + y, d + m + y, num(s, 1+s.r.IntN(28)) + " " + m + " " + y})
		},
		"last4": func(s *scene) string { return s.shown(s.digits(4)) },
	}
}

func (s *scene) value(slot string) string { return s.values[slot](s) }

// shown says digits as an ordinary number is said.
func (s *scene) shown(digits string) string {
	switch s.r.IntN(6) {
	case 0:
		return strings.Join(s.single(digits), " ")
	case 1:
		return strings.Join(strings.Split(digits, ""), " ")
	case 2:
		return strings.Join(cut(digits, 3), "-")
	case 3:
		return strings.Join(s.grouped(digits, 2), " ")
	}
	return digits
}

// checked puts the check digit of Luhn at the end.
func checked(digits string) string { return digits + string(rune(CheckDigit([]byte(digits)))) }

// withGS1 makes thirteen digits of up to twelve, the last of which is the check digit of EAN.
func withGS1(digits string) string {
	digits = digits[:min(len(digits), 12)]
	sum := 0
	for i := range digits {
		sum += int(digits[len(digits)-1-i]-'0') * (3 - i%2*2)
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}
