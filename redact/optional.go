package redact

import (
	"slices"
	"strings"
)

// The masks of what a Policy may withhold.
const (
	maskPhone   = "[phone]"
	maskEmail   = "[email]"
	maskAddress = "[address]"
	maskBirth   = "[birth date]"
)

// asides counts the utterances left in which things are spoken of that a Policy may
// withhold.
type asides struct {
	phone, email, address, birth int
	asked                        topic // by the bot, last
}

const (
	asideHeat  = 2 // utterances, that one included, after the caller has named it
	asideAsked = 3 // after the bot has asked for it
)

func (a *asides) hears(t topic) { a.set(t, asideHeat) }

// asks takes what the bot asks for; it asks for nothing else any more.
func (a *asides) asks(t topic) {
	if t != 0 {
		*a = asides{asked: t}
	}
	a.set(t, asideAsked)
}

func (a *asides) set(t topic, n int) {
	for _, x := range []struct {
		topic topic
		left  *int
	}{{topicPhone, &a.phone}, {topicEmail, &a.email}, {topicAddress, &a.address}, {topicBirth, &a.birth}} {
		if t&x.topic != 0 {
			*x.left = max(*x.left, n)
		}
	}
}

func (a *asides) tick() {
	a.phone, a.email, a.address, a.birth = max(a.phone-1, 0), max(a.email-1, 0), max(a.address-1, 0), max(a.birth-1, 0)
}

// optional withholds what the policy names, and adds it to what was found.
func (u *utterance) optional(g grammar, m *memory, p Policy, open bool, out []Finding) []Finding {
	note := func(ok bool, k Kind) {
		if ok {
			out = append(out, Finding{Kind: k})
		}
	}
	if p.Emails {
		note(u.emails(&m.asides, open), Email)
	}
	if p.Addresses {
		note(u.addresses(&m.asides), Address)
	}
	if p.BirthDates {
		note(u.births(&m.asides), BirthDate)
	}
	if p.Phones {
		n := u.phones(g, m)
		if n > 0 {
			out = append(out, Finding{Kind: Phone, Digits: n})
		}
	}
	return out
}

// phones withholds phone numbers, and any number while one is spoken of. It counts
// their digits.
func (u *utterance) phones(g grammar, m *memory) (digits int) {
	if m.inCard() {
		return 0
	}
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.mask != "" || gr.spare || u.ordered(i) {
			continue
		}
		long := gr.placed && gr.greedy > longest-3 || gr.greedy == 10 && u.digitsOf(g, gr)[0] == '0'
		if long || m.asides.phone > 0 && (gr.greedy > 1 || len(u.groups) > 1) {
			gr.show, gr.mask = false, maskPhone
			digits += gr.greedy
		}
	}
	return digits
}

// ordered reports whether group i was just called an order, a contract or the like.
func (u *utterance) ordered(i int) bool {
	at := u.groups[i].first
	for j := max(at-2, 0); j < at; j++ {
		if u.lex[j].cue&cueTopic != 0 {
			return true
		}
	}
	return false
}

// is reports whether lexeme i is, folded, one of some words.
func (u *utterance) is(i int, words ...string) bool {
	if i < 0 || i >= len(u.lex) {
		return false
	}
	var buf [maxTopicWord]byte
	return slices.Contains(words, string(u.folded(i, buf[:0])))
}

// stops are words that are in no name: neither of a mailbox nor of a street.
func (u *utterance) stops(i int) bool {
	return u.is(i, "est", "c", "is", "it", "s", "mail", "email", "e", "courriel", "adresse", "address", "to", "on", "mon", "ma", "my", "your", "votre",
		"voila", "euh", "um", "uh", "and", "et", "je", "i", "j", "merci", "thanks", "thank", "please", "depuis", "pour", "for", "since", "avec", "with", "mais", "but",
		"qui", "que", "il", "elle", "we", "nous", "vous", "you", "ca", "donc", "alors", "so", "write", "ecrivez", "moi", "me", "ai", "have", "that", "oui", "yes", "non", "no",
		"n", "sur", "chez", "habite", "live", "because", "car", "parce", "where", "which")
}

// emails withholds addresses of mailboxes, written and spoken. While one is asked for,
// a partial shows nothing that may be one.
func (u *utterance) emails(a *asides, open bool) (found bool) {
	for i := 0; i < len(u.lex); i++ {
		first, last, ok := u.mailbox(i, a.email > 0)
		if ok {
			u.cover(first, last, maskEmail)
			found, i = true, last
		}
	}
	if found || a.email == 0 {
		return found
	}
	asked := a.asked&topicEmail != 0
	if first, last, ok := u.mailboxPart(open && asked, asked); ok {
		u.cover(first, last, maskEmail)
		return true
	}
	return false
}

// mailbox finds the address of which lexeme i is the at sign, or stands before one.
func (u *utterance) mailbox(i int, spokenOf bool) (first, last int, ok bool) {
	if i+1 < len(u.lex) && u.between(i, "@") {
		first, last = i, u.domain(i+1)
		for first > 0 && u.glued(first-1) {
			first--
		}
		return first, max(last, i+1), true
	}
	sure := u.is(i, "arobase", "arobas", "arobaz", "arrobas", "arrobase", "arobaze", "arobasse")
	if !sure && !u.is(i, "at", "@", "arrow") {
		return 0, 0, false
	}
	last = u.domain(i + 1)
	if last < 0 && (sure || spokenOf && u.provider(i+1)) {
		last = min(i+1, len(u.lex)-1)
	}
	if last < 0 {
		return 0, 0, false
	}
	return u.local(i), last, true
}

// between reports whether a mark stands in the text between lexeme i and the next.
func (u *utterance) between(i int, mark string) bool {
	return i >= 0 && i+1 < len(u.lex) && strings.Contains(u.text[u.lex[i].end:u.lex[i+1].start], mark)
}

// glued reports whether no blank parts lexeme i from the next.
func (u *utterance) glued(i int) bool { return u.lex[i].field == u.lex[i+1].field }

// connects reports whether lexeme i is said for a mark of an address.
func (u *utterance) connects(i int) bool {
	return u.is(i, "point", "dot", "tiret", "dash", "hyphen", "underscore", "bas", "moins", "plus", "period")
}

// domain gives the last lexeme of the domain that begins at lexeme i; -1 if there is
// none.
func (u *utterance) domain(i int) int {
	last := -1
	for j := i; j < min(i+10, len(u.lex)-1); j++ {
		marked := u.is(j, "point", "dot", "period") || u.between(j, ".")
		if marked && u.is(j+1, "fr", "com", "net", "org", "eu", "uk", "be", "ch", "io", "co", "gov", "edu", "info", "de", "es", "it", "ie", "us", "ca", "lu", "asso", "gouv", "name", "email", "app", "dev") {
			last = j + 1
		} else if last >= 0 && j > last && !marked {
			break
		}
	}
	return last
}

func (u *utterance) provider(i int) bool {
	return u.is(i, "gmail", "hotmail", "orange", "free", "yahoo", "outlook", "wanadoo", "laposte", "sfr", "icloud", "live", "bbox", "protonmail", "aol")
}

// local gives the first lexeme of what stands before the at sign at lexeme at: the
// words that marks join, letters, figures, and up to two names.
func (u *utterance) local(at int) int {
	first := at
	names := 0
	for j := at - 1; j >= 0; j-- {
		switch {
		case u.connects(j):
			names = 0
		case u.letterOf(j) != 0 && u.letterOf(j+1) != 0: // spelled
		case u.stops(j) && !u.connects(j-1) && !u.connects(j+1) && j < at-1:
			return first
		case u.lex[j].numeric() || u.letterOf(j) != 0:
		case names == 2:
			return first
		default:
			names++
		}
		first = j
	}
	return first
}

// mailboxPart finds in the answer to a question for an address what may be a part of
// one: all of a partial, and all of a short answer, or else what marks join.
func (u *utterance) mailboxPart(open, asked bool) (first, last int, ok bool) {
	first, last = -1, -1
	for i := range u.lex {
		if u.connects(i) || u.provider(i) || i > 0 && u.between(i-1, ".") {
			if first < 0 {
				first = u.local(i)
			}
			last = min(i+1, len(u.lex)-1)
		}
	}
	if first >= 0 && !open {
		return first, last, true
	}
	if !open && (!asked || len(u.lex) > 6) {
		return 0, 0, false
	}
	for i := range u.lex {
		if !u.stops(i) || i > 0 && u.letterOf(i) != 0 {
			return i, len(u.lex) - 1, true
		}
	}
	return 0, 0, false
}

// streetType reports whether lexeme i says what kind of street is named after it.
func (u *utterance) streetType(i int) bool {
	return u.is(i, "rue", "avenue", "boulevard", "place", "impasse", "chemin", "route", "allee", "allees", "quai", "cours", "square", "lotissement",
		"residence", "faubourg", "esplanade", "ruelle", "passage", "sentier", "voie", "hameau", "bd", "bld", "av")
}

// streetEnd reports whether lexeme i ends the English name of a street.
func (u *utterance) streetEnd(i int) bool {
	return u.is(i, "street", "road", "avenue", "lane", "drive", "close", "court", "way", "square", "crescent", "terrace", "place", "gardens", "grove",
		"hill", "mews", "row", "park", "boulevard", "rd", "ave", "st")
}

// addresses withholds streets with their numbers, and the postcodes and towns after
// them. While an address is spoken of, a street without a number and a postcode of
// its own too.
func (u *utterance) addresses(a *asides) (found bool) {
	for i := range u.lex {
		if u.lex[i].start < u.coveredTo() {
			continue
		}
		first, last, ok := u.street(i, a.address > 0)
		if !ok && a.address > 0 {
			first, last, ok = u.postcode(i)
		}
		if ok {
			u.cover(first, last, maskAddress)
			found = true
		}
	}
	return found
}

// coveredTo is where in the text the last address ends that is withheld.
func (u *utterance) coveredTo() int {
	for _, gr := range slices.Backward(u.groups) {
		if gr.mask == maskAddress {
			return u.lex[gr.last].end
		}
	}
	return 0
}

// street finds the address whose street is named at lexeme i.
func (u *utterance) street(i int, spokenOf bool) (first, last int, ok bool) {
	if number := u.houseNumber(i, 3); u.streetType(i) && !u.streetOnly(i) && (number >= 0 || spokenOf) {
		first = i
		if number >= 0 {
			first = number
		}
		return first, u.townAfter(i, 6), true
	}
	if !u.streetEnd(i) {
		return 0, 0, false
	}
	for words := 1; words <= 3 && i-words > 0; words++ {
		if u.is(i-words, "the", "my", "this", "your", "down", "of", "in", "a", "our") || u.stops(i-words) {
			return 0, 0, false
		}
		if n := u.houseNumber(i-words, 2); n >= 0 && !u.lex[i-words].live {
			return n, u.townAfter(i, 3), true
		}
	}
	return 0, 0, false
}

// streetOnly reports whether the words around say that no street of an address is
// meant, as in "en cours" and "sur place".
func (u *utterance) streetOnly(i int) bool {
	return u.is(i-1, "en", "sur", "ma", "la", "une", "sa", "au") && u.is(i, "cours", "place", "route", "passage", "voie", "chemin")
}

// houseNumber gives where the house's number begins that ends right before lexeme i,
// or up to reach words before it, as in "12 bis, rue"; -1 if there is none.
func (u *utterance) houseNumber(i, reach int) int {
	for j := i - 1; j >= max(i-1-reach, 0); j-- {
		for k := range u.groups {
			if gr := &u.groups[k]; gr.last == j && gr.greedy <= 4 {
				return gr.first
			}
		}
		if !u.is(j, "bis", "ter", "quater", "a", "b", "c", "d", "de", "la") && u.lex[j].class != filler {
			return -1
		}
	}
	return -1
}

// townAfter gives the last lexeme of the address whose street begins or ends at i:
// up to so many words of a name, and the postcode and the town after it.
func (u *utterance) townAfter(i, names int) int {
	last, code := i, false
	for j := i + 1; j < len(u.lex); j++ {
		switch {
		case u.lex[j].live || u.lex[j].figure:
			if !code {
				code, names = true, 3
			}
		case u.stops(j), names == 0:
			return last
		default:
			names--
		}
		last = j
	}
	return last
}

// postcode finds a French postcode with its town, or a British one, at lexeme i.
func (u *utterance) postcode(i int) (first, last int, ok bool) {
	for k := range u.groups {
		gr := &u.groups[k]
		british := i > 0 && gr.greedy <= 4 && u.lex[i-1].end == u.lex[i].start && !u.lex[i-1].figure
		if gr.first != i || gr.mask != "" || gr.greedy != 5 && !british {
			continue
		}
		if british {
			i--
		}
		return i, u.townAfter(gr.last, 2), true
	}
	return 0, 0, false
}

// births withholds dates in an utterance that speaks of a birth.
func (u *utterance) births(a *asides) bool {
	if a.birth == 0 {
		return false
	}
	first, last := -1, -1
	digits, named := 0, false
	for i := range u.lex {
		if !u.datePart(i) || last >= 0 && i-last > 5 {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
		named = named || u.lex[i].class == month
		digits++
	}
	if first < 0 {
		return false
	}
	u.cover(first, last, maskBirth)
	if digits > 6 || digits > 2 && named { // what comes next is another date
		a.birth = 0
	}
	return true
}

// datePart reports whether lexeme i can be a part of a date.
func (u *utterance) datePart(i int) bool {
	x := u.lex[i]
	return x.live || x.figure || x.class == month || u.is(i, "premier", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
		"ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "thirtieth")
}
