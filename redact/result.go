package redact

// Kind says what a Redactor found.
type Kind string

// What may be found. A Finding never carries more than the last four digits.
const (
	Card   Kind = "card"   // a payment card number, or what was heard of one
	Code   Kind = "code"   // a card's verification code or expiry date
	Number Kind = "number" // a long number that nobody asked for
	IBAN   Kind = "iban"   // an IBAN, or another number of a bank account
	NIR    Kind = "nir"    // a social security number, French or other

	// What is withheld if a Policy says so.
	Phone     Kind = "phone"
	Email     Kind = "email"
	Address   Kind = "address"
	BirthDate Kind = "birth_date"
)

// A Finding tells that something was withheld, and no more of it than may be
// known: the assistant decides with it whether to go on, to ask again or to
// give up.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Last4  string `json:"last4,omitempty"` // of a card that passes Luhn, or of a whole IBAN, only
	Digits int    `json:"digits"`          // heard so far, over all utterances of the number
	Luhn   bool   `json:"luhn"`
}

// A Result is what may be known of something said or keyed.
type Result struct {
	Text     Safe
	Released Safe      // what is shown before Text, of the utterance before: see Redactor.Released
	Numbers  []Safe    // the numbers that may be shown, as digits only, in order
	Findings []Finding // what was withheld
	Mute     []Span    // of the sound: what was withheld, in this utterance or before; at most 16
}

// ExpectKind says what the bot asked for.
type ExpectKind uint8

// What a caller may have been asked for.
const (
	ExpectFree   ExpectKind = iota // anything
	ExpectDigits                   // a number of Length digits
	ExpectCard                     // a card's number, code or expiry: all digits are withheld
	ExpectYesNo                    // yes or no
	ExpectAmount                   // an amount of money: '*' is the decimal point of keys
)

// Expect tells a Redactor what the caller is about to say or key. Length is the
// number of digits, 0 if unknown. A number of 7 to 11 digits is shown when it is
// as long as expected; a longer one never is.
type Expect struct {
	Kind   ExpectKind
	Length int
}
