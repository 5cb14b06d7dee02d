package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// topic is what an utterance speaks of, besides cards: what the words of several
// utterances say together is no matter of the dictionary of single words.
type topic uint8

const (
	topicIBAN    topic = 1 << iota // a bank account
	topicNIR                       // a social security number
	topicPhone                     // a phone number
	topicEmail                     // an e-mail address
	topicAddress                   // a postal address
	topicBirth                     // a date of birth
)

// topicReach is how many words may stand between the two words of a topic, as in
// "compte en banque" and "numéro de votre sécurité sociale".
const topicReach = 3

// topics collects what the utterance speaks of. What names an account is no cue of a
// card's: neither the card of "carte vitale" nor the security of "social security".
func (u *utterance) topics() topic {
	u.shouted = len(u.lex) > 0 && upper(u.text[:u.lex[len(u.lex)-1].end])
	var out topic
	var half pair
	at := -topicReach
	for i := range u.lex {
		if u.lex[i].figure || u.lex[i].end-u.lex[i].start < 3 {
			continue
		}
		var buf [maxTopicWord]byte
		w := u.folded(i, buf[:0])
		out |= topicWord(w)
		if i-at <= topicReach {
			t := secondOf(half, w)
			if t&(topicIBAN|topicNIR) != 0 {
				u.uncue(at, i)
			}
			out |= t
		}
		if p := firstOf(w); p != 0 { // "social" is the second word of "assuré social", too
			half, at = p, i
		}
	}
	return out
}

// uncue takes back what the words from first to last say of cards and other numbers.
func (u *utterance) uncue(first, last int) {
	for i := first; i <= last; i++ {
		u.lex[i].cue &= cueNumber | cueDigits
	}
	u.cues = 0
	for i := range u.lex {
		u.cues |= u.lex[i].cue
	}
}

const maxTopicWord = 16

// folded gives a lexeme in lower case without accents; of a long one, the start.
func (u *utterance) folded(i int, buf []byte) []byte {
	for _, r := range u.text[u.lex[i].start:u.lex[i].end] {
		if len(buf) == maxTopicWord {
			break
		}
		buf = fold(buf, r)
	}
	return buf
}

// topicWord knows the words that are enough.
func topicWord(w []byte) topic {
	switch string(w) {
	case "iban", "ibans", "ibane", "ibanne", "hiban", "rib", "ribs":
		return topicIBAN
	case "nir", "secu", "secus", "ssn", "insee":
		return topicNIR
	case "phone", "telephone", "telephones", "mobile", "cellphone", "landline", "portable", "joindre", "rappeler", "rappelez", "whatsapp", "natel", "gsm":
		return topicPhone
	case "mail", "mails", "email", "emails", "mel", "courriel", "arobase", "arobas", "arrobase", "gmail", "hotmail", "outlook":
		return topicEmail
	case "adresse", "address", "habite", "habitons", "domicile", "live", "postcode", "postal", "zip":
		return topicAddress
	case "naissance", "birthday", "birthdate", "dob", "born", "ne", "nee": // "né": "ne" has two letters and is not looked at
		return topicBirth
	}
	return 0
}

// pair is the first word of two that say something together.
type pair uint8

const (
	pairAccount pair = iota + 1 // "compte bancaire"
	pairBank                    // "bank account"
	pairSort                    // "sort code"
	pairSocial                  // "sécurité sociale", "social security", "national insurance"
	pairVitale                  // "carte vitale"
	pairDate                    // "date of birth"
	pairMonth                   // "mois 12 département 33", as somebody reads the parts of a social security number
)

func firstOf(w []byte) pair {
	switch string(w) {
	case "compte", "comptes", "coordonnees", "releve", "identite", "references":
		return pairAccount
	case "bank", "banking", "iban":
		return pairBank
	case "sort":
		return pairSort
	case "securite", "social", "national", "assurance", "assure", "immatriculation":
		return pairSocial
	case "carte":
		return pairVitale
	case "date":
		return pairDate
	case "mois":
		return pairMonth
	}
	return 0
}

func secondOf(p pair, w []byte) topic {
	s := string(w)
	switch p {
	case pairAccount:
		return when(s == "bancaire" || s == "bancaires" || s == "banque", topicIBAN)
	case pairBank:
		return when(s == "account" || s == "accounts" || s == "details" || s == "number" || s == "coordinates", topicIBAN)
	case pairSort:
		return when(s == "code" || s == "codes", topicIBAN)
	case pairSocial:
		return when(s == "sociale" || s == "security" || s == "insurance" || s == "maladie" || s == "social", topicNIR)
	case pairVitale:
		return when(s == "vitale" || s == "vital", topicNIR)
	case pairMonth:
		return when(s == "departement", topicNIR)
	case pairDate:
		return when(s == "birth", topicBirth)
	}
	return 0
}

func when[T topic | thing](ok bool, t T) T {
	if ok {
		return t
	}
	return 0
}

// letterOf gives the letter that lexeme i is, or is the name of, as "B", "bravo" or
// "bé"; 0 if it is none.
func (u *utterance) letterOf(i int) byte {
	x := u.lex[i]
	if x.figure {
		return 0
	}
	var buf [maxTopicWord]byte
	w := u.folded(i, buf[:0])
	if len(w) == 1 && w[0] >= 'a' && w[0] <= 'z' {
		if u.elided(i) || u.elided(i-1) {
			return 0 // the s of "it's", the c of "c'est"
		}
		return w[0] - 'a' + 'A'
	}
	return spelled(string(w))
}

// elided reports whether an apostrophe joins lexeme i to the next.
func (u *utterance) elided(i int) bool {
	return u.between(i, "'") || u.between(i, "’")
}

// spelled knows the names of letters, French ones and those of the radio alphabet.
// Names that are common words ("elle", "a") are left out.
func spelled(s string) byte {
	switch s {
	case "alpha", "alfa":
		return 'A'
	case "bravo", "be":
		return 'B'
	case "charlie":
		return 'C'
	case "delta":
		return 'D'
	case "echo":
		return 'E'
	case "foxtrot", "effe", "eff":
		return 'F'
	case "golf", "ge", "gee":
		return 'G'
	case "hotel", "hache":
		return 'H'
	case "india":
		return 'I'
	case "juliet", "juliett", "gi":
		return 'J'
	case "kilo", "ka", "kay":
		return 'K'
	case "lima":
		return 'L'
	case "mike", "emme":
		return 'M'
	case "enne", "november":
		return 'N'
	case "oscar":
		return 'O'
	case "papa", "pe":
		return 'P'
	case "quebec":
		return 'Q'
	case "romeo", "erre":
		return 'R'
	case "sierra", "esse":
		return 'S'
	case "tango":
		return 'T'
	case "uniform":
		return 'U'
	case "victor", "ve":
		return 'V'
	case "whiskey", "whisky":
		return 'W'
	case "xray", "ixe":
		return 'X'
	case "yankee":
		return 'Y'
	case "zulu", "zede", "zed":
		return 'Z'
	}
	return 0
}

// letters gives the letters that lexeme i writes, up to four, as the FR of "FR76" and
// the NWBK of a British IBAN. Written in small letters they must be no word.
func (u *utterance) letters(i int) string {
	x := u.lex[i]
	t := u.text[x.start:x.end]
	if x.figure || len(t) < 2 || len(t) > 4 {
		return ""
	}
	for _, r := range t {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) {
			return ""
		}
	}
	if u.is(i, "iban", "rib", "bic", "nir") {
		return ""
	}
	shouted := u.shouted // then capitals say nothing
	if upper(t) && !shouted && t != "NO" || u.touches(i) {
		return upperCase(t)
	}
	if x.numeric() || len(t) == 2 && commonWord(upperToLower(t)) && !u.spain(i) || len(t) > 2 && (!shouted || len(t) == 3) && vowels(t) {
		return ""
	}
	return upperCase(t)
}

// spain reports whether lexeme i is the ES of a Spanish account, by the number after it: no
// word of French stands before one. Nor is "de" an English word: "my account de 78 1323".
func (u *utterance) spain(i int) bool {
	if i+1 == len(u.lex) || !u.lex[i+1].numeric() {
		return false
	}
	return u.says(i, "es") && (i == 0 || !u.says(i-1, "tu")) || u.says(i, "de") && (u.says(i-1, "account") || u.says(i-1, "is") && u.says(i-2, "account"))
}

// touches reports whether a figure stands right beside lexeme i.
func (u *utterance) touches(i int) bool {
	return i > 0 && u.lex[i-1].figure && u.lex[i-1].end == u.lex[i].start ||
		i+1 < len(u.lex) && u.lex[i+1].figure && u.lex[i+1].start == u.lex[i].end
}

func upper(s string) bool {
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
	}
	return true
}

// upperCase is strings.ToUpper for up to four ASCII letters.
func upperCase(s string) string {
	if upper(s) {
		return s
	}
	var b [4]byte
	for i := range len(s) {
		b[i] = s[i] &^ 0x20
	}
	return string(b[:len(s)])
}

// upperToLower is strings.ToLower for two ASCII letters.
func upperToLower(s string) string {
	return string([]byte{s[0] | 0x20, s[1] | 0x20})
}

// vowels reports whether s can be said as a word.
func vowels(s string) bool {
	return strings.ContainsAny(s, "aeiouyAEIOUY")
}

// commonWord knows the words of two letters that are codes of countries too.
func commonWord(s string) bool {
	switch s {
	case "ad", "al", "as", "at", "be", "de", "do", "es", "et", "ge", "il", "is", "it", "la", "le", "lu", "me", "md", "mr", "ms", "no", "on",
		"or", "ou", "sa", "se", "si", "so", "to", "tu", "un", "va", "vu", "my", "an", "in", "by", "go", "hi", "if", "oh", "ok", "of", "up", "us", "we",
		"au", "ce", "en", "du", "je", "ma", "ne", "ni", "nu", "pu", "ta", "te", "am", "pm", "um", "uh", "er", "mm", "ah", "eh", "ha", "he":
		return true
	}
	return false
}
