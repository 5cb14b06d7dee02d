package redact

import "strings"

// fourFor is how many utterances after a question for a card's last four digits may answer it.
const fourFor = 2

// asksCode reports whether the bot asks for a card's code by where it stands or what it is for,
// and names no card: "the number on the back", "le code de vérification". Not for a code that was
// sent, nor for what stands on the back of something else.
func (u *utterance) asksCode(m *memory) bool {
	if u.cues&(cueNumber|cueDigits) == 0 || other(u.cues) || u.asksFour() {
		return false
	}
	found := m.cards && u.question() && u.lex[len(u.lex)-1].cue&cueDigits != 0 // "And the code?"
	for i := range u.lex {
		if u.says(i, "sms", "text", "texto", "message", "mail", "email", "sent", "send", "received", "reçu", "envoyé", "app", "application") {
			return false
		}
		found = found || u.sideOfCard(i) && (!u.says(i, "front", "recto", "devant") || u.short()) || u.toVerify(i)
	}
	return found
}

// short reports whether the bot asks for a code or three or four digits: on the front of a card stands
// its number, too.
func (u *utterance) short() bool {
	for i := range u.lex {
		if u.says(i, "three", "four", "trois", "quatre", "code", "cvv", "little", "small", "short", "petits") || u.lex[i].figure && u.lex[i].value >= 3 && u.lex[i].value <= 4 && (i == 0 || !u.lex[i-1].figure) && !u.figureAt(i+1) {
			return true
		}
	}
	return false
}

func (u *utterance) figureAt(i int) bool { return i < len(u.lex) && u.lex[i].figure }

// wakeRow takes for digits so many words in a row that may be digits, and of which none is for sure,
// that nobody says them otherwise: "owe sicks fore won". Those that were said last count, if they
// are as many: one by one, with pauses, they would be shown for ever.
func (u *utterance) wakeRow(m *memory) {
	least := 5
	if m.inCard() || u.cues&cueCard != 0 {
		least = 4
	}
	n := 0
	if m.tail >= least {
		n = m.tail
	}
	for i := range u.lex {
		switch x := &u.lex[i]; {
		case x.class == digit && (x.sure == medium || x.sure == weak):
			if n++; n < least {
				continue
			}
			for j, k := i, n; k > 0 && j >= 0; j-- {
				if u.lex[j].class == digit {
					u.lex[j].live = true
					k--
				}
			}
		case x.class != filler && x.class != and:
			n = 0
		}
	}
}

// dictates reports whether the utterance ends with a question whether it was written down, or says where
// in a number it is: no number in it is one in passing.
func (u *utterance) dictates() bool {
	for i := range u.lex {
		if u.says(i, "lis", "lire", "dicte", "notez") || u.says(i, "read", "reading") && u.says(i+1, "it", "them", "out", "from", "off") {
			return true
		}
		if u.lex[i].cue&cueMore != 0 && (u.says(i, "begins", "starting", "continuing", "début", "commence", "continue") || u.says(i+1, "part", "bit", "partie")) {
			return true
		}
	}
	last := len(u.lex) - 1
	return u.says(last, "that") && u.says(last-1, "got", "get") || u.says(last, "clear") && u.says(last-1, "that") || u.says(last, "me") && u.says(last-1, "with") ||
		u.says(last, "avez", "suivez", "notez") && u.says(last-1, "vous") || u.says(last, "noté") && u.says(last-1, "est")
}

// sideOfCard reports whether lexeme i is a side of a card on which a code is printed, or the place
// of it, and not the side of another thing.
func (u *utterance) sideOfCard(i int) bool {
	switch {
	case u.says(i, "back", "front", "reverse") && u.says(i-1, "the"):
	case u.says(i, "behind", "signature", "strip", "verso", "recto", "derrière", "devant", "dos"):
	default:
		return false
	}
	if !u.says(i+1, "of", "the", "your", "de", "du", "des", "la", "le", "l", "votre") {
		return true
	}
	for j := i + 1; j <= i+4 && j < len(u.lex); j++ {
		if u.lex[j].cue&cueCard != 0 || u.says(j, "it") {
			return true
		}
	}
	return false
}

// toVerify reports whether lexeme i says that a number or a code verifies something.
func (u *utterance) toVerify(i int) bool {
	if u.says(i, "verification") {
		return i+1 < len(u.lex) && u.lex[i+1].cue&cueNumber != 0
	}
	return u.says(i, "vérification", "contrôle") && i > 1 && u.says(i-1, "de") && u.lex[i-2].cue&cueNumber != 0
}

// misleads gives what lexeme i says that it does not say in its company: "ready when you are" and
// "how many digits" ask for no date or amount, and "reading across" names no meter's reading.
func (u *utterance) misleads(i int) cue {
	switch {
	case u.says(i, "back") && !u.says(i-1, "the") && u.says(i+1, "at", "in", "by", "to", "from", "soon", "later", "home", "tomorrow", "on"):
		return cueBack
	case u.lex[i].cue&(cueTopicElse|cueOther) == 0:
	case u.says(i, "when") && u.says(i+1, "you", "ready"):
		return cueTopicElse
	case u.says(i, "many", "combien") && (u.digitsAt(i+1) || u.digitsAt(i+2)):
		return cueTopicElse
	case u.says(i, "phone", "telephone", "téléphone", "mobile", "cell", "portable") && u.onPhone(i):
		return cueOther
	case u.says(i, "reading") && u.says(i+1, "across", "along", "from", "off", "out", "it", "this", "them", "the", "my", "you", "on"):
		return cueOther
	}
	return 0
}

// onPhone reports whether lexeme i is the phone that somebody is on, and no name of a number.
func (u *utterance) onPhone(i int) bool {
	switch {
	case u.says(i-1, "my", "the") && u.says(i-2, "on") && u.says(i-3, "m", "am", "s", "is"), // "I'm on my mobile"
		u.says(i-1, "au") && u.says(i-2, "suis", "est", "es"), u.says(i-1, "the") && u.says(i-2, "by"):
		return true
	case u.says(i-1, "au", "par", "by"):
	case u.says(i-1, "the") && u.says(i-2, "on", "over"), u.says(i-1, "my") && u.says(i-2, "on") && !u.says(i-3, "me"):
	default:
		return false
	}
	return i+1 == len(u.lex) || !u.lex[i+1].figure
}

func (u *utterance) digitsAt(i int) bool { return i < len(u.lex) && u.lex[i].cue&cueDigits != 0 }

// tells reports whether the utterance of the bot tells a number, and asks for nothing: "The amount is
// 49 pounds." It ends no number that the caller is saying.
func (u *utterance) tells() bool {
	return len(u.groups) > 0 && !strings.Contains(u.text, "?") && u.cues&(cueNumber|cueDigits|cueOther) == 0
}

// asksCard reports whether the bot asks for a card, or is ready for it, though it speaks of no number:
// "I'm ready for your card details", or to read it.
func (u *utterance) asksCard() bool {
	if u.cues&cueCard == 0 {
		return false
	}
	if u.cues&cueNumber != 0 {
		return true
	}
	for i := range u.lex {
		if u.says(i, "ready", "details", "dictate", "tell", "give", "lire", "lisez", "dicter", "dites", "donner", "donnez", "indiquer", "indiquez",
			"communiquer", "communiquez", "coordonnées", "écoute", "prêt", "prête", "which", "quelle") {
			return true
		}
	}
	return false
}

// turns reports whether the caller says the parts of a number in another order than they are written: what comes
// last of it then are not its last digits.
func (u *utterance) turns() bool {
	for i := range u.lex {
		if u.says(i, "ends", "ending", "finishes", "finit", "fin", "termine", "reste", "rest", "backwards", "envers") ||
			u.says(i, "the", "le", "la") && u.says(i+1, "beginning", "start", "first", "début", "premier", "premiers") || u.says(i, "before") && u.says(i+1, "that") || u.says(i, "avant") ||
			u.says(i, "starts", "begins", "commence") {
			return true
		}
	}
	return false
}

// asksElse reports whether the bot asks something that has nothing to do with numbers, as what it is about.
func (u *utterance) asksElse() bool {
	return u.cues == 0 && len(u.groups) == 0 && u.other >= 3 && strings.HasSuffix(strings.TrimSpace(u.text), "?")
}

// asksFour reports whether the utterance speaks of the last four digits of something.
func (u *utterance) asksFour() bool {
	for i := range u.lex {
		if u.says(i, "last") && u.says(i+1, "four", "4") || u.says(i, "derniers", "dernières") && (u.says(i-1, "quatre", "4") || u.says(i+1, "quatre", "4")) {
			return true
		}
	}
	return false
}
