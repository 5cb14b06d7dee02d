package corpus

import "strings"

// widerKinds are habits of callers that the other kinds leave out: the code before the number,
// digits one at a time, digits by their places, two languages in one number, keys that are
// entered again.
func widerKinds() []kind {
	return []kind{
		{"code_first", codeFirst},
		{"code_later", codeLater},
		{"one_by_one", oneByOne},
		{"no_cue_small", noCueSmall},
		{"places", places},
		{"two_languages", twoLanguages},
		{"dtmf_again", keypadAgain},
	}
}

// codeFirst says expiry and code before the number, all in one breath or in two.
func codeFirst(s *scene) {
	s.opens(true)
	p := s.card(0)
	code := s.digits(3)
	s.secret("cvv", code)
	first := s.kept(pick(s, s.expiry)[1] + " " + pick(s, s.expiries) + " cvv " + s.inRow(s.single(code)))
	number := pick(s, s.intros) + " " + s.inRow(s.dictation(p))
	if s.chance(50) {
		s.says(strings.TrimSpace(first + " " + number))
	} else {
		s.says(strings.TrimSpace(first))
		s.says(number)
	}
	s.closes()
}

// codeLater gives the code when nobody asks for it any more, in more ways to say three digits,
// or the four of an American Express.
func codeLater(s *scene) {
	s.opens(true)
	s.says(s.around(s.intro(), s.inRow(s.dictation(s.card(0)))))
	if s.chance(60) {
		s.bot(pick(s, s.goOn))
	}
	if s.chance(40) {
		s.says(pick(s, s.asides))
	}
	code := s.digits(pick(s, []int{3, 3, 4}))
	s.secret("cvv", code)
	said := pick(s, []string{s.group(code), strings.Join(s.doubled(code), " "), code, strings.Join(strings.Split(code, ""), ", "), strings.Join(s.single(code), ", ")})
	s.says(s.sentence(pick(s, s.lateCodes), said))
	s.closes()
}

// oneByOne says a digit or two and waits.
func oneByOne(s *scene) {
	s.opens(true)
	intro := s.intro()
	for _, g := range cut(s.card(0), 1+s.r.IntN(2)) {
		s.says(strings.TrimSpace(intro + " " + s.group(g)))
		intro = ""
		switch {
		case s.chance(25):
			s.bot(pick(s, s.goOn))
		case s.chance(15):
			s.says(pick(s, s.nods))
		}
	}
	s.closes()
}

// noCueSmall does so where nobody speaks of a card.
func noCueSmall(s *scene) {
	s.opens(false)
	intro := pick(s, s.plain)
	for _, g := range cut(s.card(0), 1+s.r.IntN(3)) {
		s.says(strings.TrimSpace(intro + " " + s.inRow(s.dictation(g))))
		intro = ""
		switch {
		case s.chance(25):
			s.bot(pick(s, s.goOn))
		case s.chance(20):
			s.says(pick(s, s.asides))
		}
	}
	s.closes()
}

// places says each digit, or pair, with its place.
func places(s *scene) {
	s.opens(true)
	var out []string
	for i, g := range cut(s.card(0), 1+s.r.IntN(2)) {
		out = append(out, s.places[min(i, len(s.places)-1)], s.group(g))
	}
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

// twoLanguages changes over with each group, as people do who live in two.
func twoLanguages(s *scene) {
	s.opens(true)
	mine, other, zero := s.tongue, english(), s.accent.zero
	if s.lang == "en" {
		other = french()
	}
	var out []string
	for i, g := range cut(s.card(0), pick(s, []int{2, 4, 4, 8})) {
		s.tongue, s.accent.zero = mine, zero
		if i%2 == 1 {
			s.tongue, s.accent.zero = other, other.zeros[0]
		}
		out = append(out, s.inRow(pick(s, spoken()[:5]).say(s, g)))
	}
	s.tongue, s.accent.zero = mine, zero
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

// keypadAgain keys a part, begins again with the star, and keys all of it.
func keypadAgain(s *scene) {
	s.opens(s.chance(50))
	s.bot(pick(s, s.keypad))
	s.d.Cue = true
	p := s.card(0)
	s.keys(p[:3+s.r.IntN(9)], 3)
	s.now += 1500
	s.add(Turn{Who: "caller", Final: true, Text: "*", Src: "dtmf"})
	s.utt++
	if s.chance(50) {
		s.bot(pick(s, s.goOn))
	}
	s.keys(p, pick(s, []int{1, 4}))
	s.closes()
}
