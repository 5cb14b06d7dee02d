package corpus

import "strings"

// kind is a way that a conversation can go.
type kind struct {
	name string
	play func(s *scene)
}

// kinds are those of a language. Half of them are decoys.
func kinds(lang string) []kind {
	out := []kind{
		{"whole", whole},
		{"contiguous", contiguous},
		{"spoken", inStyle(spoken)},
		{"figures", inStyle(written)},
		{"formatted", inStyle(odd)},
		{"amex", ofLength(15)},
		{"len12", ofLength(12)},
		{"len13", ofLength(13)},
		{"len14", ofLength(14)},
		{"len17_18", ofLength(17, 18)},
		{"len19", ofLength(19)},
		{"homophone", homophone},
		{"fillers", fillers},
		{"labelled", labelled},
		{"correction", correction},
		{"restart", restart},
		{"repeat", repeat},
		{"split_pause", splitPause},
		{"split_bot", splitBot},
		{"split_aside", splitAside},
		{"split_question", splitQuestion},
		{"last4_first", lastFourFirst},
		{"interim_grow", interimGrow},
		{"interim_revise", interimRevise},
		{"interim_only", interimOnly},
		{"interim_itn", interimITN},
		{"dtmf", keypad},
		{"dtmf_speech", keypadSpeech},
		{"bot_readback", readBack},
		{"bot_backchannel", backchannel},
		{"no_cue", noCue},
		{"nonluhn_context", nonLuhn},
		{"two_cards", twoCards},
		{"full_card", fullCard},
		{"cvv_only", codeOnly},
		{"iban", iban},
		{"among_numbers", amongNumbers},
		{"in_one_breath", inOneBreath},
		{"language_switch", languageSwitch},
		{"no_cue_split", noCueSplit},
		{"no_cue_interim", noCueInterim},
		{"iban_split", ibanSplit},
		{"same_card", sameCard},
		{"no_cue_labelled", noCueLabelled},
		{"no_cue_after", noCueAfter},
		{"keys_between", keysBetween},
	}
	if lang == "fr" {
		out = append(out, kind{"nir", nir}, kind{"nir_split", nirSplit}, kind{"belgian_swiss", neighbours})
	}
	for _, topic := range []string{"phone", "order", "date", "amount", "postcode", "meter"} {
		out = append(out, kind{"neg_" + topic, decoy(topic)}, kind{"neg_" + topic + "_talk", decoyTalk(topic)})
	}
	out = append(append(append(out, freshKinds(lang)...), widerKinds()...), strangeKinds()...)
	return append(out, kind{"neg_long", decoy("long")}, kind{"neg_talk", smallTalk}, kind{"neg_talk_long", longTalk}, kind{"neg_homophone", soundsAlike},
		kind{"neg_cardctx", aboutCards}, kind{"neg_refuse", refuses}, kind{"neg_last4", lastFourOnly}, kind{"neg_interim", decoyPartials}, kind{"neg_multi", manyDecoys},
		kind{"neg_regions", regions}, kind{"neg_life", life}, kind{"neg_life_long", longLife})
}

// opens lets the caller say why they call, and the bot ask for the card. cue is
// whether a card is spoken of.
func (s *scene) opens(cue bool) {
	if s.chance(50) {
		s.bot(pick(s, s.greets))
	}
	if s.chance(85) {
		s.caller(pick(s, s.openings))
	}
	s.d.Cue = cue
	switch {
	case !cue:
		s.bot(pick(s, s.goOn))
	case s.chance(80):
		s.bot(pick(s, s.asks))
	}
}

// closes ends the call.
func (s *scene) closes() {
	if s.chance(80) {
		s.bot(pick(s, s.thanks))
	}
	if s.chance(70) {
		s.caller(pick(s, s.closings))
	}
}

// intro is what goes before the number. Where the bot did not ask, it holds a
// card word.
func (s *scene) intro() string {
	last := s.d.Turns
	asked := len(last) > 0 && last[len(last)-1].Who == "bot"
	if asked && s.chance(40) {
		return pick(s, s.plain)
	}
	return pick(s, s.intros)
}

// sentence puts what is said about a number around it.
func (s *scene) sentence(parts ...string) string {
	return s.kept(strings.Join(strings.Fields(strings.Join(append(parts, pick(s, s.outros)), " ")), " "))
}

// around is sentence for a number whose blanks are part of it.
func (s *scene) around(intro, number string) string {
	return strings.TrimSpace(s.kept(intro + " " + number + " " + pick(s, s.outros)))
}

func (s *scene) card(n int) string {
	p := s.pan(n)
	s.secret("pan", p)
	return p
}

func whole(s *scene) {
	s.opens(true)
	s.says(s.around(s.intro(), s.inRow(s.dictation(s.card(0)))))
	s.after()
	s.closes()
}

// after lets the bot ask for expiry and code, sometimes.
func (s *scene) after() {
	if s.chance(25) {
		e := pick(s, s.expiry)
		s.bot(e[0])
		s.says(strings.TrimSpace(e[1] + " " + pick(s, s.expiries)))
	}
	if s.chance(20) {
		s.code()
	}
}

// code lets the bot ask for the verification code.
func (s *scene) code() {
	c := pick(s, s.codes)
	d := s.digits(3)
	s.secret("cvv", d)
	s.bot(c[0])
	s.says(s.sentence(c[1], s.inRow(pick(s, []style{spoken()[0], spoken()[2], written()[0], written()[1]}).say(s, d))))
}

func contiguous(s *scene) {
	s.opens(true)
	s.says(s.around(pick(s, s.intros), s.inRow(s.single(s.card(16)))))
	s.after()
	s.closes()
}

func inStyle(styles func() []style) func(*scene) {
	return func(s *scene) {
		s.opens(true)
		s.says(s.around(s.intro(), s.inRow(pick(s, styles()).say(s, s.card(0)))))
		s.closes()
	}
}

func ofLength(n ...int) func(*scene) {
	return func(s *scene) {
		s.opens(true)
		s.says(s.around(s.intro(), s.inRow(s.dictation(s.card(pick(s, n))))))
		s.closes()
	}
}

func homophone(s *scene) {
	s.opens(true)
	s.says(s.around(pick(s, s.intros), strings.Join(s.homophones(s.card(0)), " ")))
	s.closes()
}

func fillers(s *scene) {
	s.opens(true)
	var out []string
	for _, p := range s.speak(s.card(0)) {
		out = append(out, p)
		if s.chance(25) {
			out = append(out, pick(s, s.fillers))
		}
	}
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

func labelled(s *scene) {
	s.opens(true)
	labels := pick(s, s.labels)
	var out []string
	for i, g := range cut(s.card(16), 4) {
		out = append(out, labels[i], s.inRow(s.dictation(g)))
	}
	if s.chance(30) { // an utterance for each
		s.says(s.sentence(pick(s, s.intros), out[0], out[1]))
		for i := 2; i < len(out); i += 2 {
			if s.chance(40) {
				s.bot(pick(s, s.goOn))
			}
			s.says(out[i] + " " + out[i+1])
		}
	} else {
		s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	}
	s.closes()
}

// correction says one group wrong, and then right.
func correction(s *scene) {
	s.opens(true)
	p := s.card(0)
	groups := cut(p, pick(s, []int{2, 3, 4}))
	wrong := s.r.IntN(len(groups))
	var out []string
	for i, g := range groups {
		if i == wrong {
			out = append(out, s.group(s.misheard(g)), pick(s, s.fixes))
		}
		out = append(out, s.inRow(s.single(g)))
	}
	if at := s.r.IntN(len(out)); s.chance(30) && at > 0 {
		s.says(s.sentence(s.intro(), strings.Join(out[:at], " ")))
		s.says(strings.Join(out[at:], " "))
	} else {
		s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	}
	s.closes()
}

// restart breaks off and says all of it again.
func restart(s *scene) {
	s.opens(true)
	p := s.card(0)
	st := pick(s, spoken())
	n := 4 + s.r.IntN(len(p)-5)
	first := strings.Join(st.say(s, p[:n]), " ")
	again := strings.Join(pick(s, []style{st, spoken()[0]}).say(s, p), " ")
	if s.chance(50) {
		s.says(s.sentence(s.intro(), first, pick(s, s.restarts), again))
	} else {
		s.says(s.sentence(s.intro(), first))
		if s.chance(40) {
			s.bot(pick(s, s.goOn))
		}
		s.says(s.sentence(pick(s, s.restarts), again))
	}
	s.closes()
}

func repeat(s *scene) {
	s.opens(true)
	p := s.card(0)
	s.says(s.around(s.intro(), s.inRow(s.dictation(p))))
	for range 1 + s.r.IntN(2) {
		s.bot(pick(s, s.askAgain))
		s.says(s.around(pick(s, s.plain), s.inRow(s.dictation(p))))
	}
	s.closes()
}

// split says a number in parts, with something between them.
func (s *scene) split(p string, between func()) {
	groups := cut(p, pick(s, []int{2, 3, 4, 4, 4, 5, 6, 8}))
	for i, g := range groups {
		text := s.inRow(s.dictation(g))
		if i == 0 {
			text = strings.TrimSpace(s.intro() + " " + text)
		} else {
			if s.chance(15) {
				text = pick(s, s.fillers) + " " + text
			}
		}
		s.says(text)
		if i+1 < len(groups) {
			between()
		}
	}
}

func splitPause(s *scene) {
	s.opens(true)
	s.split(s.card(0), func() { s.now += int64(500 + s.r.IntN(4000)) })
	s.closes()
}

func splitBot(s *scene) {
	s.opens(true)
	s.split(s.card(0), func() { s.bot(pick(s, s.goOn)) })
	s.after()
	s.closes()
}

func splitAside(s *scene) {
	s.opens(true)
	s.split(s.card(0), func() {
		if s.chance(50) {
			s.says(pick(s, s.asides))
		}
	})
	s.closes()
}

func splitQuestion(s *scene) {
	s.opens(true)
	s.split(s.card(0), func() {
		if s.chance(40) {
			s.says(pick(s, s.ask))
			s.bot(pick(s, s.goOn))
		}
	})
	s.closes()
}

func lastFourFirst(s *scene) {
	s.opens(true)
	p := s.card(16)
	last := s.inRow(s.dictation(p[12:]))
	s.d.Beside = append(s.d.Beside, last) // what may be shown is read as other digits by chance
	s.says(s.sentence(pick(s, s.intros), pick(s, s.lastFour), last))
	if s.chance(40) {
		s.bot(pick(s, s.goOn))
	}
	s.says(s.sentence(pick(s, s.theRest), s.inRow(s.speak(p[:12]))))
	s.closes()
}

func interimGrow(s *scene) {
	s.opens(true)
	text := s.around(s.intro(), s.inRow(s.dictation(s.card(0))))
	s.grow(text, false)
	s.final(text)
	s.closes()
}

func interimRevise(s *scene) {
	s.opens(true)
	s.revised(s.around(s.intro(), strings.Join(s.speak(s.card(0)), " ")))
	s.closes()
}

func interimOnly(s *scene) {
	s.opens(true)
	s.lost(strings.TrimSpace(s.intro() + " " + strings.Join(s.dictation(s.card(0)), " ") + " " + pick(s, s.fillers)))
	s.says(pick(s, s.asides))
	s.closes()
}

func interimITN(s *scene) {
	s.opens(true)
	p := s.card(0)
	intro := s.intro()
	s.reformatted(strings.TrimSpace(intro+" "+strings.Join(s.speak(p), " ")), s.around(intro, s.inRow(pick(s, append(written(), odd()...)).say(s, p))))
	s.closes()
}

func keypad(s *scene) {
	s.opens(s.chance(50))
	s.bot(pick(s, s.keypad))
	s.d.Cue = true
	s.keys(s.card(0), pick(s, []int{1, 4, 16}))
	s.closes()
}

// keypadSpeech keys one part and says another.
func keypadSpeech(s *scene) {
	s.opens(true)
	p := s.card(0)
	n := 4 * (1 + s.r.IntN(2))
	if s.chance(50) {
		s.bot(pick(s, s.keypad))
		s.keys(p[:n], 2)
		s.says(s.sentence(pick(s, s.plain), s.inRow(s.speak(p[n:]))))
	} else {
		s.says(s.sentence(s.intro(), s.inRow(s.speak(p[:n]))))
		s.bot(pick(s, s.keypad))
		s.keys(p[n:], 2)
	}
	s.closes()
}

func readBack(s *scene) {
	s.opens(true)
	p := s.card(0)
	s.says(s.around(s.intro(), s.inRow(s.dictation(p))))
	s.bot(pick(s, s.reads) + " " + s.inRow(s.dictation(p)) + " " + pick(s, s.readsEnd))
	s.closes()
}

// backchannel lets the bot speak while the caller does: between two partials.
func backchannel(s *scene) {
	s.opens(true)
	p := s.card(0)
	text := strings.TrimSpace(s.intro() + " " + strings.Join(s.speak(p), " "))
	words := strings.Fields(text)
	for n := 3; n < len(words); n += 3 + s.r.IntN(4) {
		s.now += 600
		s.add(Turn{Who: "caller", Text: strings.Join(words[:n], " ")})
		if s.chance(40) {
			s.now += 100
			s.d.Turns = append(s.d.Turns, Turn{AtMs: s.now, Who: "bot", Utt: s.utt + 1, Final: true, Text: pick(s, s.goOn)})
		}
	}
	s.final(text)
	s.utt++
	s.closes()
}

func noCue(s *scene) {
	s.opens(false)
	s.says(s.around(pick(s, s.plain), s.inRow(s.dictation(s.card(pick(s, []int{0, 0, 16}))))))
	s.closes()
}

// noCueSplit says a card in parts, of which nobody says what they are.
func noCueSplit(s *scene) {
	s.opens(false)
	groups := cut(s.card(0), pick(s, []int{3, 4, 4, 5, 6}))
	for i, g := range groups {
		text := s.inRow(s.dictation(g))
		if i == 0 {
			text = strings.TrimSpace(pick(s, s.plain) + " " + text)
		}
		s.says(text)
		switch s.r.IntN(4) {
		case 0:
			s.bot(pick(s, s.goOn))
		case 1:
			s.says(pick(s, s.asides))
		}
	}
	s.closes()
}

func noCueInterim(s *scene) {
	s.opens(false)
	text := s.around(pick(s, s.plain), s.inRow(s.dictation(s.card(0))))
	s.grow(text, s.chance(50))
	if s.chance(70) {
		s.final(text)
	} else {
		s.utt++
	}
	s.closes()
}

// ibanSplit says an IBAN in several utterances.
func ibanSplit(s *scene) {
	c := pick(s, s.ibans)
	s.bot(c[0])
	country, d := s.iban()
	s.secret("iban", d)
	intro := c[1] + " " + country
	for _, g := range cut(d, 4+2*s.r.IntN(3)) {
		s.says(strings.TrimSpace(intro + " " + s.inRow(pick(s, append(spoken()[:4], written()...)).say(s, g))))
		intro = ""
		if s.chance(50) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

// sameCard names a card by its last four and is asked for all of it.
func sameCard(s *scene) {
	s.opens(false)
	p := s.card(16)
	s.d.Cue = true
	last := s.inRow(s.speak(p[12:]))
	s.d.Beside = append(s.d.Beside, last)
	s.says(s.sentence(pick(s, s.intros), pick(s, s.lastFour), last))
	s.bot(pick(s, s.asks))
	s.says(s.around(pick(s, s.plain), s.inRow(s.dictation(p))))
	s.closes()
}

func nonLuhn(s *scene) {
	s.opens(true)
	p := s.misheard(s.pan(0))
	s.secret("pan", p)
	s.says(s.around(s.intro(), s.inRow(s.dictation(p))))
	s.closes()
}

func twoCards(s *scene) {
	s.opens(true)
	s.says(s.around(s.intro(), s.inRow(s.dictation(s.card(0)))))
	s.bot(pick(s, s.another))
	s.says(s.around(pick(s, s.second), s.inRow(s.dictation(s.card(0)))))
	s.closes()
}

// fullCard says number, expiry and code in one utterance.
func fullCard(s *scene) {
	s.opens(true)
	p := s.card(0)
	code := s.digits(3)
	s.secret("cvv", code)
	e, c := pick(s, s.expiry), pick(s, s.codes)
	cvv := c[1]
	if s.chance(50) {
		cvv = "cvv"
	}
	s.says(s.sentence(s.intro(), s.inRow(s.speak(p)), e[1], pick(s, s.expiries), cvv, s.inRow(s.single(code))))
	s.closes()
}

func codeOnly(s *scene) {
	s.caller(pick(s, s.openings))
	s.code()
	s.closes()
}

func iban(s *scene) {
	s.caller(pick(s, s.openings))
	c := pick(s, s.ibans)
	s.bot(c[0])
	country, d := s.iban()
	s.secret("iban", d)
	if s.chance(40) {
		country = strings.ToLower(country[:1]) + " " + strings.ToLower(country[1:])
	}
	var number string
	if s.chance(50) {
		number = strings.Join(cut(d, 4), " ")
		if len(country) == 2 {
			number = d[:2] + " " + strings.Join(cut(d[2:], 4), " ")
		}
	} else {
		number = " " + strings.Join(pick(s, []style{spoken()[0], spoken()[2], spoken()[3]}).say(s, d), " ")
	}
	s.says(s.sentence(c[1], country+number))
	s.closes()
}

func nir(s *scene) {
	s.caller(pick(s, s.openings))
	n := s.nir()
	s.secret("nir", n)
	c := pick(s, s.nirs)
	if s.chance(70) {
		s.bot(c[0])
	}
	parts := []string{n[:1], n[1:3], n[3:5], n[5:7], n[7:10], n[10:13], n[13:]}
	said := strings.Join(parts, " ")
	switch s.r.IntN(4) {
	case 0:
		said = n
	case 1:
		said = strings.Join(s.single(n), " ")
	case 2:
		for i := range parts {
			parts[i] = s.group(parts[i])
		}
		said = strings.Join(parts, " ")
	}
	s.says(s.sentence(pick(s, []string{c[1], s.nirs[1][1]}), said))
	s.closes()
}

// nirSplit says it in two or three utterances.
func nirSplit(s *scene) {
	n := s.nir()
	s.secret("nir", n)
	c := pick(s, s.nirs)
	s.bot(c[0])
	intro := c[1]
	for _, g := range cut(n, pick(s, []int{5, 7, 8})) {
		s.says(intro + " " + s.inRow(s.dictation(g)))
		intro = pick(s, s.fillers)
	}
	s.closes()
}

func neighbours(s *scene) {
	s.accent.belgian, s.accent.swiss = true, s.chance(50)
	s.opens(true)
	s.says(s.sentence(s.intro(), s.inRow(s.grouped(s.card(0), pick(s, []int{2, 3, 4})))))
	s.closes()
}

// amongNumbers lets other numbers be asked for before and after the card.
func amongNumbers(s *scene) {
	s.opens(false)
	before, after := s.topic(), s.topic()
	s.bot(pick(s, s.questions[before]))
	s.caller(pick(s, s.answers[before]))
	s.d.Cue = true
	s.bot(pick(s, s.asks))
	s.says(s.around(s.intro(), s.inRow(s.dictation(s.card(0)))))
	s.bot(pick(s, s.questions[after]))
	s.caller(pick(s, s.answers[after]))
	s.closes()
}

// inOneBreath puts the card into an utterance with other numbers.
func inOneBreath(s *scene) {
	s.d.Cue = true
	one, two := s.topic(), s.topic()
	card := s.intro()
	if !s.chance(50) {
		card = pick(s, s.intros)
	}
	number := s.inRow(s.dictation(s.card(0)))
	// What stands beside a card may go with it: nothing of it must be kept.
	keep, numbers := s.d.Keep, s.d.Numbers
	before, after := s.fill(pick(s, s.answers[one])), s.fill(pick(s, s.answers[two]))
	s.d.Beside = append(s.d.Beside, s.d.Numbers[len(numbers):]...)
	s.d.Keep, s.d.Numbers = keep, numbers
	s.says(s.around(before+" "+card, number+" "+after))
	s.closes()
}

func languageSwitch(s *scene) {
	s.opens(true)
	p := s.card(0)
	other := english()
	if s.lang == "en" {
		other = french()
	}
	s.says(s.sentence(s.intro(), s.inRow(s.speak(p[:8])), pick(s, s.switched)))
	mine := s.tongue
	s.tongue = other
	s.accent.zero = other.zeros[0]
	s.says(s.sentence(s.inRow(s.speak(p[8:]))))
	s.tongue = mine
	s.closes()
}

func (s *scene) topic() string {
	return pick(s, []string{"phone", "order", "date", "amount", "postcode", "meter"})
}

func decoy(topic string) func(*scene) {
	return func(s *scene) {
		if s.chance(50) {
			s.bot(pick(s, s.greets))
		}
		if s.chance(70) {
			s.bot(pick(s, s.questions[topic]))
		}
		s.caller(pick(s, s.answers[topic]))
		s.closes()
	}
}

// decoyTalk is a decoy among small talk.
func decoyTalk(topic string) func(*scene) {
	return func(s *scene) {
		s.caller(pick(s, s.talk))
		s.bot(pick(s, s.questions[topic]))
		s.caller(pick(s, s.answers[topic]))
		s.caller(pick(s, s.talk))
		s.closes()
	}
}

func smallTalk(s *scene) {
	s.caller(pick(s, s.openings))
	s.caller(pick(s, s.talk))
	s.closes()
}

func longTalk(s *scene) {
	for range 4 + s.r.IntN(6) {
		if s.chance(20) {
			s.bot(pick(s, s.goOn))
		}
		s.caller(pick(s, pick(s, [][]string{s.talk, s.talk, s.sounds, s.answers[s.topic()]})))
	}
	s.closes()
}

func soundsAlike(s *scene) {
	for range 1 + s.r.IntN(3) {
		s.caller(pick(s, s.sounds))
	}
	s.closes()
}

func aboutCards(s *scene) {
	s.d.Cue = true
	s.caller(pick(s, s.inCard))
	s.closes()
}

// refuses asks something instead of saying the card.
func refuses(s *scene) {
	s.opens(true)
	s.caller(pick(s, []string{pick(s, s.asides), pick(s, s.ask), pick(s, s.inCard)}))
	s.caller(pick(s, s.closings))
}

// lastFourOnly says no more of a card than may be shown.
func lastFourOnly(s *scene) {
	s.d.Cue = true
	s.caller(pick(s, s.lastFour) + " {last4}")
	s.closes()
}

func decoyPartials(s *scene) {
	s.partials = 100
	for range 2 + s.r.IntN(2) {
		s.caller(pick(s, pick(s, [][]string{s.talk, s.answers[s.topic()]})))
	}
	s.closes()
}

func manyDecoys(s *scene) {
	for range 2 + s.r.IntN(4) {
		t := s.topic()
		s.bot(pick(s, s.questions[t]))
		s.caller(pick(s, s.answers[t]))
	}
	s.closes()
}
