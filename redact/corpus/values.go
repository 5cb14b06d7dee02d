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
		"longsiret":    func(s *scene) string { return s.shown(s.digits(14)) },
		"longean":      func(s *scene) string { return s.shown(pick(s, []string{"3", "5", "978"}) + s.digits(10)) },
		"longimei":     func(s *scene) string { return s.shown("35" + s.digits(13)) },
		"last4":        func(s *scene) string { return s.shown(s.digits(4)) },
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
