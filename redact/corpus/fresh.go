package corpus

import "strings"

// freshKinds are those that were written last, by somebody who had not written the
// others: how people say numbers once more, in parts, to somebody who answers, and
// the numbers that they read off things.
func freshKinds(lang string) []kind {
	out := []kind{
		{"said_twice", saidTwice},
		{"bot_echo", botEcho},
		{"old_card", oldCard},
		{"nods", nods},
		{"linked", linked},
		{"long_aside", longAside},
		{"iban_unnamed_split", ibanUnnamed},
		{"neg_device", decoy("device")},
		{"neg_device_talk", decoyTalk("device")},
		{"neg_names", decoy("names")},
		{"neg_travel", decoy("travel")},
		{"neg_sizes", decoy("sizes")},
		{"neg_loose", loose},
		{"neg_parts", inParts},
		{"neg_fresh_long", freshTalk},
	}
	if lang == "fr" {
		out = append(out, kind{"nir_unnamed_split", nirUnnamed})
	}
	return out
}

// saidTwice says each group, and once more in another way.
func saidTwice(s *scene) {
	s.opens(true)
	var out []string
	for _, g := range cut(s.card(0), pick(s, []int{3, 4, 4})) {
		out = append(out, s.inRow(s.dictation(g)))
		if s.chance(50) {
			out = append(out, pick(s, s.again), strings.Join(s.single(g), " "))
		}
	}
	s.says(s.sentence(s.intro(), strings.Join(out, pick(s, []string{" ", ", "}))))
	s.closes()
}

// botEcho lets the bot read each group back.
func botEcho(s *scene) {
	s.opens(true)
	intro := s.intro()
	for _, g := range cut(s.card(0), pick(s, []int{4, 4, 6, 8})) {
		s.says(strings.TrimSpace(intro + " " + s.inRow(s.dictation(g))))
		s.bot(pick(s, s.reads) + " " + s.inRow(pick(s, append(spoken()[:3], written()...)).say(s, g)) + ". " + pick(s, s.goOn))
		intro = pick(s, []string{"", "", pick(s, s.nods)})
	}
	s.closes()
}

// oldCard begins with another card.
func oldCard(s *scene) {
	s.opens(true)
	other := s.pan(16)
	s.says(s.sentence(s.intro(), s.inRow(s.dictation(other[:4*(1+s.r.IntN(3))]))))
	if s.chance(30) {
		s.bot(pick(s, s.goOn))
	}
	s.says(s.sentence(pick(s, s.oldOnes), s.inRow(s.dictation(s.card(0)))))
	s.closes()
}

// nods waits for somebody, and answers him, between the groups.
func nods(s *scene) {
	s.opens(s.chance(70))
	for i, g := range cut(s.card(0), pick(s, []int{2, 3, 4, 4})) {
		text := s.inRow(s.dictation(g))
		if i == 0 {
			text = strings.TrimSpace(s.intro() + " " + text)
		}
		s.says(text)
		if s.chance(60) {
			s.says(pick(s, s.nods))
		}
	}
	s.closes()
}

// linked has words between all groups.
func linked(s *scene) {
	s.opens(true)
	groups := cut(s.card(0), pick(s, []int{2, 3, 4}))
	var out []string
	for i, g := range groups {
		if i > 0 {
			out = append(out, pick(s, s.links))
		}
		out = append(out, s.inRow(s.speak(g)))
	}
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

// longAside talks of other things for long between two parts.
func longAside(s *scene) {
	s.opens(true)
	p := s.card(16)
	at := 4 * (1 + s.r.IntN(3))
	s.says(strings.TrimSpace(s.intro() + " " + s.inRow(s.dictation(p[:at]))))
	for range 2 + s.r.IntN(5) {
		s.says(pick(s, pick(s, [][]string{s.asides, s.ask, s.nods})))
		if s.chance(40) {
			s.bot(pick(s, s.goOn))
		}
	}
	for _, g := range cut(p[at:], 4) {
		s.says(s.inRow(s.dictation(g)))
	}
	s.closes()
}

// ibanUnnamed says an IBAN in parts, and nobody says that it is one.
func ibanUnnamed(s *scene) {
	country, d := s.iban()
	s.secret("iban", d)
	intro := pick(s, s.plain) + " " + country
	for _, g := range cut(d, pick(s, []int{4, 6, 8})) {
		s.says(strings.TrimSpace(intro + " " + s.inRow(pick(s, append(spoken()[:3], written()[2], written()[4])).say(s, g))))
		intro = ""
		if s.chance(40) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

// nirUnnamed says a social security number in its parts, and nobody says that it is one.
func nirUnnamed(s *scene) {
	n := s.nir()
	s.secret("nir", n)
	written := s.chance(50)
	intro := pick(s, s.plain)
	for _, part := range [][]string{{n[:1], n[1:3], n[3:5]}, {n[5:7], n[7:10]}, {n[10:13], n[13:]}} {
		if !written {
			for i := range part {
				part[i] = s.group(part[i])
			}
		}
		s.says(strings.TrimSpace(intro + " " + strings.Join(part, " ")))
		intro = ""
	}
	s.closes()
}

// loose says a number that nobody asked for, of which it is not said what it is.
func loose(s *scene) {
	if s.chance(40) {
		s.bot(pick(s, s.greets))
	}
	s.caller(pick(s, s.looseIntros) + " {loose}")
	switch s.r.IntN(3) {
	case 0:
		s.caller(pick(s, s.sounds))
	case 1:
		s.bot(pick(s, s.thanks))
		s.caller(pick(s, s.closings))
	}
}

// inParts answers a question for a phone or an order number in several utterances.
func inParts(s *scene) {
	topic := pick(s, []string{"phone", "order"})
	s.bot(pick(s, s.questions[topic]))
	number := s.digits(8)
	if topic == "phone" {
		number = "0" + s.digits(9)
	}
	intro := pick(s, s.plain)
	for _, g := range cut(number, pick(s, []int{3, 4, 5})) {
		part := pick(s, []style{spoken()[0], written()[0], written()[1]}).say(s, g)
		text := strings.Join(part, " ")
		s.d.Keep, s.d.Numbers = append(s.d.Keep, text), append(s.d.Numbers, text)
		s.says(strings.TrimSpace(intro + " " + text))
		intro = ""
		if s.chance(30) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

func freshTalk(s *scene) {
	for range 2 + s.r.IntN(2) {
		topic := pick(s, []string{"device", "names", "travel", "sizes"})
		s.bot(pick(s, s.questions[topic]))
		s.caller(pick(s, s.answers[topic]))
		if s.chance(30) {
			s.caller(pick(s, s.talk))
		}
	}
	s.closes()
}

// freshValues are the slots of the fresh templates that are the same in all languages.
func freshValues(v map[string]func(*scene) string) {
	v["loose"] = func(s *scene) string {
		return s.shown(pick(s, []string{"0", "7", "8", "9", "71", "98", "90"}) + s.digits(6 + s.r.IntN(3))[1:] + s.digits(1))
	}
	v["id"] = func(s *scene) string { return s.shown(s.digits(5 + s.r.IntN(6))) }
	v["fault"] = func(s *scene) string { return pick(s, []string{"e", "f", "E", "F"}) + s.digits(2) }
	v["build"] = func(s *scene) string { return s.digits(1) + "." + s.digits(1) + "." + s.digits(2) }
	v["size"] = func(s *scene) string { return s.digits(2) + " by " + s.digits(2) }
	v["seat"] = func(s *scene) string { return s.digits(2) + pick(s, []string{"a", "c", "f"}) }
	v["figure"] = func(s *scene) string { return s.digits(1 + s.r.IntN(3)) }
	v["train"] = func(s *scene) string { return s.digits(4) }
}
