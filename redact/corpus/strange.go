package corpus

import "strings"

// strangeKinds are what a stranger to the other kinds thought of: marks that recognizers make of
// pauses, letters among figures, numbers that are said out of order, hypotheses that begin in the
// middle, keys and speech at once, and cards with which nobody pays.
func strangeKinds() []kind {
	return []kind{
		{"marks", marks},
		{"letters_among", lettersAmong},
		{"glued_figures", gluedFigures},
		{"backwards", backwards},
		{"end_first", endFirst},
		{"windows", windows},
		{"keys_pending", keysPending},
		{"on_the_phone", onThePhone},
		{"echo_pairs", echoPairs},
		{"neg_other_card", otherCards},
		{"neg_front", askedForFront},
		{"neg_large", largeSums},
	}
}

// in picks a text of the call's language.
func (s *scene) in(english, french []string) string {
	if s.lang == "fr" {
		return pick(s, french)
	}
	return pick(s, english)
}

// marks writes groups with marks that look like a unit, a price, a time or a number's name.
func marks(s *scene) {
	s.opens(s.chance(70))
	forms := []string{"n°ab", "n° ab", "nº ab", "a%b", "a°b", "a,b €", "€a.b", "a…b", "abth", "No. ab", "#ab", "a_b", "a·b", "£ab", "ab €"}
	same := s.chance(40)
	form := pick(s, forms)
	var out []string
	for _, g := range cut(s.card(16), 4) {
		if !same {
			form = pick(s, forms)
		}
		out = append(out, strings.NewReplacer("a", g[:2], "b", g[2:]).Replace(form))
	}
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

// lettersAmong writes O and I for some figures.
func lettersAmong(s *scene) {
	s.opens(s.chance(50))
	one := pick(s, []string{"I", "l", "1"})
	out := []byte(s.card(16))
	for i, c := range out {
		switch {
		case i == 0 || i == len(out)-1 || s.chance(40):
		case c == '0':
			out[i] = 'O'
		case c == '1':
			out[i] = one[0]
		}
	}
	s.says(s.sentence(s.intro(), strings.Join(cut(string(out), pick(s, []int{4, 16})), pick(s, []string{" ", "-"}))))
	s.closes()
}

// gluedFigures writes words and figures as one word.
func gluedFigures(s *scene) {
	s.opens(s.chance(50))
	var out strings.Builder
	for i, c := range []byte(s.card(0)) {
		if i%2 == 0 || s.chance(60) {
			out.WriteByte(c)
		} else {
			out.WriteString(s.unit(c))
		}
	}
	s.says(s.sentence(s.intro(), out.String()))
	s.closes()
}

// backwards says the number from its end, to a bot that does not say "number".
func backwards(s *scene) {
	s.bot(s.in([]string{"I'm ready for your card details.", "Which card is it?"}, []string{"Vous pouvez me lire votre carte bancaire ?", "Je vous écoute pour la carte."}))
	s.d.Cue = true
	said := []byte(s.pan(16))
	for i, j := 0, len(said)-1; i < j; i, j = i+1, j-1 {
		said[i], said[j] = said[j], said[i]
	}
	s.secret("pan", string(said))
	s.says(s.in([]string{"backwards it's", "from the end it's"}, []string{"à l'envers ça fait", "en partant de la fin c'est"}) + " " + s.inRow(s.dictation(string(said))))
	s.closes()
}

// endFirst says the last four, and then the rest without them.
func endFirst(s *scene) {
	s.opens(s.chance(50))
	p := s.card(16)
	end, rest := s.inRow(s.single(p[12:])), s.inRow(s.dictation(p[:12]))
	s.d.Beside = append(s.d.Beside, end)
	first := s.in([]string{"it finishes", "ending", "it ends in"}, []string{"ça finit par", "fin", "ça se termine par"}) + " " + end
	then := s.in([]string{"and before that it's", "and the rest is", "and it starts"}, []string{"et avant c'est", "et le reste c'est", "et ça commence par"}) + " " + rest
	if s.chance(50) {
		s.says(first + " " + then)
	} else {
		s.says(first)
		s.says(then)
	}
	s.closes()
}

// windows gives hypotheses of which each holds only the last words that were heard.
func windows(s *scene) {
	s.opens(s.chance(50))
	text := strings.TrimSpace(s.intro() + " " + s.inRow(s.dictation(s.card(16))))
	words := strings.Fields(strings.ToLower(text))
	for n := 3; n < len(words); n += 2 {
		s.now += int64(150 + s.r.IntN(500))
		s.add(Turn{Who: "caller", Text: strings.Join(words[max(0, n-3-s.r.IntN(4)):n], " ")})
	}
	s.final(text)
	s.closes()
}

// keysPending keys a part of a card, and says another before the entry is over.
func keysPending(s *scene) {
	s.bot(pick(s, s.goOn))
	keyed := s.chance(50)
	for _, g := range cut(s.card(16), pick(s, []int{4, 8, 10})) {
		if keyed = !keyed; keyed {
			s.keys(g, 1)
			continue
		}
		s.says(s.inRow(s.dictation(g)))
		if s.chance(30) {
			s.bot(pick(s, s.goOn))
		}
	}
	s.closes()
}

// onThePhone talks to somebody else between the groups.
func onThePhone(s *scene) {
	s.opens(s.chance(40))
	var out []string
	for i, g := range cut(s.card(16), pick(s, []int{4, 5, 8})) {
		if i > 0 {
			out = append(out, s.in([]string{"shh i'm on the phone", "wait she's on the phone", "i'm on my mobile", "put that by the phone"}, []string{"chut je suis au téléphone", "attends je suis au téléphone", "il est au téléphone", "pas au téléphone"}))
		}
		out = append(out, s.inRow(s.dictation(g)))
	}
	s.says(s.sentence(s.intro(), strings.Join(out, " ")))
	s.closes()
}

// echoPairs has the bot say each pair again.
func echoPairs(s *scene) {
	s.opens(false)
	intro := pick(s, s.plain)
	for i, g := range cut(s.card(16), 2) {
		s.says(strings.TrimSpace(intro + " " + s.group(g)))
		intro = ""
		if i < 3 { // twice said, what is shown of a card reads as more of it by chance
			s.bot(pick(s, s.goOn))
			continue
		}
		s.bot(pick(s, []string{g, strings.Join(cut(g, 1), " ")}) + s.in([]string{"?", ". Go on.", ", next?"}, []string{" ?", ". Continuez.", ", ensuite ?"}))
	}
	s.closes()
}

// otherCards names the number of a card with which nobody pays.
func otherCards(s *scene) {
	if s.chance(30) {
		s.bot(pick(s, s.greets))
	}
	s.caller(s.in([]string{"my loyalty card number is {id}", "the number on my library card is {id}", "my id card is {id}", "it's on my student card {id}", "the bus card reference is {id}", "my membership card says {id}", "my health card {id}"},
		[]string{"ma carte de fidélité c'est {id}", "ma carte d'identité {id}", "carte grise numéro {id}", "carte de séjour dossier {id}", "ma carte d'électeur {id}", "la carte SIM dossier {id}", "ma carte de mutuelle {id}"}))
	s.closes()
}

// askedForFront does not answer a question for the number on the front of the card.
func askedForFront(s *scene) {
	s.bot(s.in([]string{"Please tell me the sixteen digits on the front of the card.", "What's the long number across the front of your card?"},
		[]string{"Dites-moi les seize chiffres au recto de la carte.", "Les seize chiffres devant, s'il vous plaît, sur votre carte."}))
	s.d.Cue = true
	s.caller(s.in([]string{"can i do it on <12 june> instead", "i'd rather pay {count} pounds a month", "no i'm not paying {count} pounds for that", "my husband has it he's <back at half past five>"},
		[]string{"je peux le faire le <12 juin> plutôt", "je préfère payer {count} euros par mois", "non je paie pas {count} euros pour ça", "mon mari l'a il rentre à <dix-sept heures>"}))
	s.closes()
}

// largeSums speaks of sums of five figures.
func largeSums(s *scene) {
	s.bot(s.in([]string{"How much is it?"}, []string{"De combien ?"}))
	sum := pick(s, []string{"9", "8", "7", "1"}) + s.digits(4) + s.in([]string{"."}, []string{","}) + s.digits(2)
	s.d.Keep, s.d.Numbers = append(s.d.Keep, sum), append(s.d.Numbers, sum)
	s.says(s.in([]string{"you took £" + sum + " in error", "the bill says £" + sum + " not less"}, []string{"vous avez pris " + sum + " € par erreur", "la facture dit " + sum + " euros pas moins"}))
	s.closes()
}
