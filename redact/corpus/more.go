package corpus

import "strings"

// noCueLabelled says a card in parts that are named by their place, with no word
// of a card.
func noCueLabelled(s *scene) {
	s.opens(false)
	labels := pick(s, s.labels)
	together := s.chance(40)
	var all []string
	for i, g := range cut(s.card(16), 4) {
		part := labels[i] + " " + s.inRow(s.dictation(g))
		if together {
			all = append(all, part)
			continue
		}
		s.says(part)
		if s.chance(40) {
			s.bot(pick(s, s.goOn))
		}
	}
	if together {
		s.says(strings.Join(all, " "))
	}
	s.closes()
}

// noCueAfter says an ordinary number or small talk before a card that nobody
// calls one, in parts or at once.
func noCueAfter(s *scene) {
	t := s.topic()
	said := s.talk
	if s.chance(60) {
		said = s.answers[t]
		s.bot(pick(s, s.questions[t]))
	}
	// What stands before such a card may go with it: nothing of it must be kept.
	keep := s.d.Keep
	s.caller(pick(s, said))
	s.d.Keep = keep
	s.bot(pick(s, s.goOn))
	for i, g := range cut(s.card(0), pick(s, []int{4, 5, 6, 8, 16, 19})) {
		text := s.inRow(s.dictation(g))
		if i == 0 || s.chance(20) {
			text = strings.TrimSpace(pick(s, s.plain) + " " + text)
		}
		s.says(text)
		if s.chance(30) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

// keysBetween says parts of a card and keys others, in turn.
func keysBetween(s *scene) {
	s.opens(true)
	spoken := s.chance(50)
	for i, g := range cut(s.card(0), pick(s, []int{2, 3, 4, 5})) {
		switch {
		case spoken && i == 0:
			s.says(strings.TrimSpace(s.intro() + " " + s.inRow(s.dictation(g))))
		case spoken:
			s.says(s.inRow(s.dictation(g)))
		default:
			s.keys(g, 4)
		}
		spoken = !spoken
		if s.chance(25) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

// regions lets callers from elsewhere say their ordinary numbers: Canada,
// Belgium, Switzerland, Ireland.
func regions(s *scene) {
	if s.lang == "fr" {
		s.accent.belgian, s.accent.swiss = true, s.chance(50)
	}
	for range 1 + s.r.IntN(3) {
		s.caller(pick(s, s.regions))
	}
	s.closes()
}

// life is small talk in other words than those of the other kinds.
func life(s *scene) {
	if s.chance(50) {
		s.bot(pick(s, s.goOn))
	}
	for range 1 + s.r.IntN(2) {
		s.caller(pick(s, s.life))
	}
	s.closes()
}

func longLife(s *scene) {
	for range 4 + s.r.IntN(5) {
		if s.chance(20) {
			s.bot(pick(s, s.goOn))
		}
		s.caller(pick(s, pick(s, [][]string{s.life, s.life, s.talk, s.answers[s.topic()], s.regions})))
	}
	s.closes()
}

// letters puts letters among the digits, as on a card that is read with the
// letters of its groups.
func letters(_ *scene, digits string) []string {
	var out []string
	for i, g := range cut(digits, 4) {
		out = append(out, string(rune('a'+i)), g)
	}
	return out
}

// pairsIn writes two digits at a time, each pair of pairs with a mark in it.
func pairsIn(mark string) func(*scene, string) []string {
	return func(_ *scene, digits string) []string {
		out := cut(digits, 4)
		for i, g := range out {
			if len(g) == 4 {
				out[i] = g[:2] + mark + g[2:]
			}
		}
		return out
	}
}

// bracketed writes the first three digits as an area code.
func bracketed(_ *scene, digits string) []string {
	if len(digits) < 7 {
		return []string{digits}
	}
	return []string{"(" + digits[:3] + ")", digits[3:6] + "-" + digits[6:]}
}
