package redact

// thing is what bears a number of twelve digits or more that is no card's.
type thing uint8

const (
	parcel  thing = iota + 1 // of any carrier: twelve digits and more, without a common check digit
	article                  // EAN, UPC, ISBN: the last digit is that of GS1
	company                  // SIRET: 14 digits that pass Luhn, as do the first nine
	handset                  // IMEI: 15 digits that pass Luhn
	supply                   // PDL, PRM, PCE, where a house gets its energy: 14 digits
	order                    // of a shop, or a booking: of no form at all
)

const (
	longReach = 5  // words that may stand between the name of such a number and the number
	longMost  = 24 // digits that it may have
	longSoon  = 2  // utterances after a question for such a number in which it may come
	longOrder = 14 // digits of an order at most: nothing says that longer ones are none of a card
)

// called gives the thing of which lexeme i, with what stands beside it, is the name.
func (u *utterance) called(i int) thing {
	if u.lex[i].cue&cueLong == 0 {
		return 0
	}
	var buf [maxTopicWord]byte
	switch string(u.folded(i, buf[:0])) {
	case "suivi":
		if !u.says(i-1, "de", "du") || u.lex[max(i-2, 0)].cue&cueNumber == 0 {
			return 0
		}
	case "serie":
		if !u.says(i-1, "de") || i < 2 || u.lex[i-2].cue&cueNumber == 0 {
			return 0
		}
	case "envoi", "expedition":
		if !u.says(i-1, "d", "de") {
			return 0
		}
	case "ean", "isbn", "upc", "gtin", "barcode":
		return article
	case "barre", "barres":
		return when(u.says(i-1, "code") || u.says(i-2, "code") && u.says(i-1, "à", "a"), article)
	case "bar":
		return when(u.says(i+1, "code"), article)
	case "siret", "sirette":
		return company
	case "imei":
		return handset
	case "pdl", "prm", "pce", "mpan", "compteur", "meter":
		return supply
	case "order", "booking", "commande", "reservation":
		return order
	case "livraison", "estimation":
		return when(u.says(i-1, "de", "d") && u.says(i-2, "point"), supply)
	}
	return parcel
}

// initials reads "P D L" and "I.M.E.I.", of which lexeme i is the last letter.
func (u *utterance) initials(i int) thing {
	switch {
	case u.says(i, "l") && u.says(i-1, "d") && u.says(i-2, "p"),
		u.says(i, "m") && u.says(i-1, "r") && u.says(i-2, "p"),
		u.says(i, "e") && u.says(i-1, "c") && u.says(i-2, "p"):
		return supply
	case u.says(i, "i") && u.says(i-1, "e") && u.says(i-2, "m") && u.says(i-3, "i"):
		return handset
	}
	return 0
}

// thingBefore gives the thing that was named last before lexeme at, with no other number
// and no more than longReach words between.
func (u *utterance) thingBefore(at int) thing {
	words, last := 0, thing(0)
	for i := at - 1; i >= 0 && words <= longReach && (!u.lex[i].live || u.lex[i].aside || i == at-2 && u.prefixed(at)); i-- {
		switch t := max(u.called(i), u.initials(i)); t {
		case 0:
		case order: // "the tracking number of my order is"
			last = t
		default:
			return t
		}
		if u.lex[i].class != filler && u.lex[i].class != and && !u.elided(i) {
			words++
		}
	}
	return last
}

// calledHere reports whether nothing but "is" and the like parts lexeme at from the name of a
// long number: "the tracking number is", and not "the parcel is to be paid with".
func (u *utterance) calledHere(at int) bool {
	for i := at - 1; i >= max(at-2*longReach, 0); i-- {
		if max(u.called(i), u.initials(i)) != 0 {
			return true
		}
		if u.lex[i].class != filler && !u.says(i, "is", "it", "s", "it's", "c", "est", "c'est", "le", "la", "the", "number", "no", "numéro", "numero", "n", "de") {
			return false
		}
	}
	return false
}

// ended reports whether nothing that is said next can change the last number of atoms, as
// "eight" does "two hundred and twenty".
func ended(a []atom) bool {
	last := a[len(a)-1]
	return last.class == digit || last.class == plural || last.class == teen && last.value != 10
}

// prefixed reports whether a single figure and a letter stand before lexeme at, as in the
// "6A" and "8L" that French parcels have.
func (u *utterance) prefixed(at int) bool {
	return at >= 2 && u.lex[at-2].class == digit && u.lex[at-2].live && u.letterOf(at-1) != 0 && (at < 3 || !u.lex[at-3].live)
}

// long reports whether group i is a number of twelve digits or more that was called by
// what it is, and that can be no card: not where any reading of it passes for one, nor
// where it only begins like one.
func (u *utterance) long(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	n := gr.greedy
	if u.prefixed(gr.first) {
		n++
	}
	if n < shortest || n > longMost || m.inCard() || u.cues&(cueCard|cueSecret) != 0 {
		return false
	}
	t := u.thingBefore(gr.first)
	sure := t != 0 && t != order && !m.spoken && ended(gr.atoms) && (t == m.asked || (n == usualCard || n > maxCard) && u.calledHere(gr.first))
	if t == 0 && (i == 0 || i == 1 && u.prefixed(gr.first)) && gr.before <= longReach && (m.tail == 0 || gr.before > 0) {
		t = m.asked
	}
	if _, country := u.country(gr.first); t == 0 || country != "" || m.past.greedy > 0 || m.chain.open(gr.greedy) {
		return false
	}
	if t == order && u.shopOrder(gr) {
		return true
	}
	if t == order && (n > longOrder || begins(gr.atoms) || m.begin > 0) {
		return false
	}
	d := u.digitsOf(g, gr)
	proven := t == article && len(d) <= 13 && d[0] != '4' || t == company && !brandBegins(d) // there are hardly any such cards so short
	card := isCard(d) && (!proven || !t.proven(d))
	if card || u.maybeCard(g, gr.atoms, d, sure || t.proven(d)) || nirIn(d) && !t.proven(d) {
		return false
	}
	gr.grows = (!sure || t != m.asked) && !t.proven(d) && u.mayGrow(g, gr.atoms, missing(t == m.asked))
	return true
}

// shopOrder reports whether a group is written as the orders of a large shop are, in which no card
// is: 402-7781930-5562817.
func (u *utterance) shopOrder(gr *group) bool {
	t := u.textOf(gr)
	return gr.greedy == 17 && len(t) == 19 && t[3] == '-' && t[11] == '-' && u.lex[gr.first].field == u.lex[gr.last].field
}

// missing is how many digits the rest of a card may have that begins as a number of another name.
// What the bot has asked for by its name it is to have at once, but for what tells the whole card.
func missing(asked bool) int {
	if asked {
		return 1
	}
	return usualCard - shortest
}

// open reports whether the chain may be the beginning of a card that n more digits go on
// with.
func (c *chain) open(n int) bool {
	if c.most == 0 || c.phone && c.gap > 0 {
		return false
	}
	if c.gap >= apart && (c.greedy < 3 || least(c.atoms[:c.n])+n > maxCard) {
		return false
	}
	return c.begins()
}

// brandBegins reports whether digits begin like those of a card that people have.
func brandBegins(d []byte) bool {
	n := 0
	for _, c := range d[:4] {
		n = n*10 + int(c-'0')
	}
	switch {
	case n/1000 == 4, n >= 5100 && n < 5600, n >= 2221 && n <= 2720, n == 6011, n/100 == 62, n >= 6440 && n < 6600:
		return true
	case n/100 == 34, n/100 == 37: // American Express: EAN of France begin so too, and are proven
		return len(d) != usualCard
	case n >= 3000 && n < 3060, n/100 == 36, n/100 == 38, n/100 == 39:
		return len(d) <= 14
	case n >= 3528 && n < 3590: // so do the IMEI of many phones
		return len(d) >= 16
	}
	return false
}

// proven reports whether the form of digits says that they are what they were called.
func (t thing) proven(d []byte) bool {
	switch t {
	case company:
		return len(d) == 14 && luhn(d) && luhn(d[:9])
	case handset:
		return len(d) == 15 && luhn(d)
	case supply:
		return len(d) == 14 && d[0] < '3'
	case article:
		return (len(d) <= 14 || len(d) == 18) && gs1(d)
	case parcel, order:
	}
	return false
}

// gs1 reports whether digits end in the check digit of EAN and UPC.
func gs1(d []byte) bool {
	sum := 0
	for i := range d {
		w := 1
		if (len(d)-i)%2 == 0 {
			w = 3
		}
		sum += w * int(d[i]-'0')
	}
	return sum%10 == 0
}

// maybeCard reports whether a number that reads d may be a card or hold one. Where it is
// not proven to be what it was called, by its form, or by who asked and who answered, it
// is enough that it begins like a card.
func (u *utterance) maybeCard(g grammar, a []atom, d []byte, proven bool) bool {
	if !proven && brandBegins(d) {
		return true
	}
	for i := range d {
		for _, n := range []int{16, 15} {
			if i+n <= len(d) && usual(n, d[i:]) && brandBegins(d[i:i+n]) && luhn(d[i:i+n]) {
				return true
			}
		}
	}
	return u.sums(g, a, 16, proven) || u.sums(g, a, 15, proven)
}

// sums reports whether atoms can be read in any way as n digits that begin like a card
// and, if check is true, pass Luhn.
func (u *utterance) sums(g grammar, a []atom, n int, check bool) bool {
	return u.walks(a, sums{g: g, n: n, least: n, most: n, check: check})
}

func (u *utterance) walks(a []atom, s sums) bool {
	if u.seen == nil {
		u.seen = make(map[sum]bool)
	}
	clear(u.seen)
	s.seen = u.seen
	return s.walk(a, sum{})
}

// mayGrow reports whether atoms, which are no card, can be read in any way as the beginning of
// one, of which so many digits are missing at most.
func (u *utterance) mayGrow(g grammar, a []atom, missing int) bool {
	return u.walks(a, sums{g: g, n: usualCard, least: usualCard - missing, most: usualCard - 1}) ||
		u.walks(a, sums{g: g, n: usualCard - 1, least: usualCard - 1 - missing, most: usualCard - 2})
}

// sums looks through all readings of atoms. Of the ways to come to the same place with
// the same first digits and Luhn's sum it takes one.
type sums struct {
	g           grammar
	n           int // digits of the card
	least, most int // and those that were said of it
	check       bool
	seen        map[sum]bool
}

type sum struct {
	atoms, digits int // that were read
	first         int // what the first four of them are, or as many as there are
	luhn          int
}

func (s *sums) walk(a []atom, at sum) bool {
	if at.atoms == len(a) {
		return at.digits >= s.least && s.card(at)
	}
	if s.seen[at] {
		return false
	}
	s.seen[at] = true
	var buf [64]reading
	var digits [longMost]byte
	for _, r := range s.g.readings(a[at.atoms:], buf[:0]) {
		if at.digits+r.width > s.most {
			continue
		}
		next := at
		next.atoms += r.atoms
		for _, c := range r.put(digits[:0]) {
			next.add(int(c-'0'), s.n)
		}
		if s.walk(a, next) {
			return true
		}
	}
	return false
}

// add adds a digit of a number of n.
func (x *sum) add(digit, n int) {
	if x.digits < 4 {
		x.first = x.first*10 + digit
	}
	if (n-x.digits)%2 == 0 {
		if digit *= 2; digit > 9 {
			digit -= 9
		}
	}
	x.luhn = (x.luhn + digit) % 10
	x.digits++
}

func (s *sums) card(x sum) bool {
	var d [usualCard]byte
	for i, v := 3, x.first; i >= 0; i, v = i-1, v/10 {
		d[i] = byte('0' + v%10)
	}
	return usual(s.n, d[:]) && brandBegins(d[:s.n]) && (!s.check || x.luhn == 0)
}

// asks notes that the bot asked for a long number, or for something else.
func (u *utterance) asks(m *memory) {
	var t thing
	for i := range u.lex {
		if x := u.called(i); x != 0 && (x != order || t == 0) {
			t = x
		}
	}
	if t != 0 || u.cues != 0 {
		m.asked, m.askedFor = t, longSoon
	}
}

// names notes that an utterance without numbers ended with the name of a long number.
func (u *utterance) names(m *memory) {
	if len(u.groups) > 0 {
		m.asked = 0
	} else if t := u.thingBefore(len(u.lex)); t != 0 && (t != order || u.cues&cueNumber != 0 || u.called(len(u.lex)-1) == order) { // not "for my order from may"
		m.asked, m.askedFor = t, longSoon
	}
}
