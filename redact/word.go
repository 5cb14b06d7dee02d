package redact

// class says what a word can be in a number, or next to one.
type class uint8

const (
	plain    class = iota
	filler         // "um", "then", "tiret": says nothing, parts nothing
	and            // "and", "et"
	digit          // value 0 to 9
	teen           // value 10 to 19
	tens           // value 20 to 90
	hundred        // also "cent"
	thousand       // also "mille"
	times          // "double", "triple": value 2 to 4
	plural         // "fours" in "two fours"
	unit           // "euros", "days", "%": what stands before counts things
	month
)

// sure says how likely a word that can be a digit is one. Only figures and
// words that are always numbers start a run; the others join one.
type sure uint8

const (
	strong sure = iota
	medium      // "one", "un", "oh": a run with a number or another of them beside it
	weak        // "for", "cette": a digit only next to digits
	faint       // "oui": a digit only between digits
)

// cue is what a word says about the numbers near it.
type cue uint16

const (
	cueCard      cue = 1 << iota // a card is spoken of
	cueSecret                    // its code or its expiry is
	cueNumber                    // "number", "digits", "dictez"
	cueOther                     // another number is: "téléphone", "meter"
	cueTopic                     // the same, if cueNumber stands with it: "order"
	cueDigits                    // "digits", "chiffres"
	cueTopicElse                 // a date, an amount or an address is asked for
	cueLabel                     // names the small number that follows: "room", "chapitre"
	cueStreet                    // what a house number stands before: "road"
	cueMore                      // what follows goes with what was said: "next", "group", "sorry"
	cueLong                      // names, with the words beside it, what bears a number of twelve digits and more
	cueBack                      // the back of the card, where the code is, or "security": a secret if cueDigits stands with it
	cueEnds                      // "expires": a secret where a card is spoken of
)

// word is what the dictionary knows of a word.
type word struct {
	class class
	value uint8
	sure  sure
	cue   cue
}

func (w word) numeric() bool { return w.class >= digit && w.class <= plural }

func num(c class, v uint8) word { return word{class: c, value: v} }
func says(c cue) word           { return word{cue: c} }
func like(s sure, v uint8) word { return word{class: digit, value: v, sure: s} }
func likeTens(v uint8) word     { return word{class: tens, value: v, sure: weak} }
func isClass(c class) word      { return word{class: c} }

// longestWord is more than the letters of any word in the dictionaries.
const longestWord = 24

// lookup finds a folded word in the dictionary of lang.
func lookup(lang string, s []byte) word {
	if len(s) > longestWord {
		return word{}
	}
	switch lang {
	case "en":
		return orForeign(english(string(s)), frenchInEnglish(string(s)))
	case "fr":
		return orForeign(french(string(s)), englishInFrench(string(s)))
	}
	e, f := english(string(s)), french(string(s))
	if f.numeric() && (!e.numeric() || f.sure < e.sure) || e == (word{}) {
		return f // "cent" counts, whatever it is in the other language
	}
	return e
}

// orForeign takes a word for one of the other language if it is none of the
// call's own: callers change over to the language they count in.
func orForeign(w, foreign word) word {
	if w == (word{}) {
		return foreign
	}
	return w
}

// frenchInEnglish knows the French numbers that are no English words.
func frenchInEnglish(s string) word {
	switch s {
	case "un":
		return like(weak, 1)
	case "seize", "mil":
		return word{}
	}
	return frenchNumber(s)
}

// englishInFrench knows the English numbers that are no French words.
func englishInFrench(s string) word {
	switch s {
	case "one":
		return like(weak, 1)
	case "four":
		return like(weak, 4)
	case "null":
		return word{}
	}
	return englishNumber(s)
}

// cardBrand knows the names that cards have in every language.
func cardBrand(s string) word {
	switch s {
	case "visa", "mastercard", "amex", "maestro", "electron", "diners", "discover", "jcb", "unionpay", "american", "express":
		return says(cueCard)
	case "cvv", "cvc", "csc", "cid", "cvn", "pin":
		return says(cueCard | cueSecret)
	case "iban", "rib", "nir", "secu":
		return says(cueNumber) // what they name is a topic
	case "siren", "gsm", "sms":
		return says(cueOther)
	case "ean", "isbn", "upc", "gtin", "imei", "siret", "sirette", "pdl", "prm", "pce", "mpan", "barcode", "awb", "colissimo", "chronopost", "tracking":
		return says(cueOther | cueLong)
	}
	return word{}
}
