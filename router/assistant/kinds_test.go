package assistant_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// friday is when the dialogues of the tests take place: 27 February 2026, at ten.
func friday() time.Time { return time.Date(2026, time.February, 27, 10, 0, 0, 0, time.UTC) }

// withSlots is the smallest assistant with an intent "book" that has these slots.
func withSlots(slots string) string {
	return small + "  book:\n    say: {en: Booked.}\n    examples: {en: [I want to book]}\n    slots:\n" + slots
}

// visit books a technician: on a day, at a time, for so many people, under a number.
const visit = `      day: {kind: date, from: tomorrow, to: today+60, ask: {en: "Which day?"}, invalid: {en: Not that day.}, several: {en: Two days.}, confirm: {en: "On {day}?"}}
      at: {kind: time, from: "08:00", to: "18:00", ask: {en: "When?"}, invalid: {en: Not then.}, confirm: {en: "At {at}?"}}
      floor: {kind: number, min: 0, max: 40, ask: {en: "Which floor?"}, invalid: {en: Too high.}, confirm: {en: "{floor}?"}}
      phone: {kind: phone, country: FR, ask: {en: "Which number?"}, confirm: {en: "{phone}?"}}
      contract: {kind: code, pattern: AA9999, ask: {en: "Which contract?"}, confirm: {en: "{contract}?"}}
      lift: {kind: yes_no, ask: {en: "Is there a lift?"}}
`

// A talk is a dialogue about a booking, to which a test says and keys things.
type talk struct {
	t *testing.T
	*assistant.Dialogue
}

func book(t *testing.T, slots string) talk {
	t.Helper()
	a, err := assistant.Parse("book.yaml", []byte(withSlots(slots)))
	if err != nil {
		t.Fatal(err)
	}
	d := talk{t, a.Start(assistant.Start{})}
	d.Next(assistant.Input{At: friday()})
	return d
}

// says gives what the bot says to words that the classifier takes for the intent.
func (d talk) says(intentName, words string) string {
	return d.text(assistant.Input{Kind: assistant.InputSaid, Text: redact.Authored(words), Intent: intent.Result{Name: intentName, Confidence: 0.9}})
}

func (d talk) keys(keys string) string {
	return d.text(assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored(keys)})
}

func (d talk) text(in assistant.Input) string {
	in.At = friday()
	var out []string
	for _, l := range d.Next(in).Say {
		out = append(out, l.Text)
	}
	return strings.Join(out, " ")
}

func (d talk) want(got, want string) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("the bot says %q, not %q", got, want)
	}
}

func TestAllValuesOfARequestAreTakenAndOnlyTheOthersAreAskedFor(t *testing.T) {
	d := book(t, visit)
	d.want(d.says("book", "I want to book a technician on Tuesday at ten"), "On Tuesday the third of March?")
	d.want(d.says("yes", "yes"), "At ten in the morning?")
	d.want(d.says("yes", "yes"), "Which floor?")
	d.want(d.says("", "three"), "three?")
	d.want(d.says("yes", "yes"), "Which number?")
	d.want(d.says("", "oh six one two three four five six seven eight"), "zero six, one two, three four, five six, seven eight?")
	d.want(d.says("yes", "yes"), "Which contract?")
	d.want(d.says("", "a b one two three four"), "A, B, 1, 2, 3, 4?")
	d.want(d.says("yes", "yes"), "Is there a lift?")
	d.want(d.says("no", "no"), "Booked. More?")
	want := map[string]string{"day": "2026-03-03", "at": "10:00", "floor": "3", "phone": "+33612345678", "contract": "AB1234", "lift": "no"}
	if got := d.Values(); !maps.Equal(got, want) {
		t.Errorf("values %v", got)
	}
}

func TestWhatCannotBeTakenIsSaidAndAskedForAgain(t *testing.T) {
	d := book(t, visit)
	d.says("book", "I want to book")
	d.want(d.says("", "today"), "Not that day. Which day?")
	d.want(d.says("", "tomorrow"), "On Saturday the twenty-eighth of February? One or two.")
	d.want(d.says("yes", "yes"), "When?")
	d.want(d.says("", "at seven in the evening"), "Not then. When?")
	d.want(d.says("", "at three"), "At three in the afternoon? One or two.")
}

func TestTwoValuesAreNotGuessedBetween(t *testing.T) {
	d := book(t, visit)
	d.want(d.says("book", "I want to book on Tuesday or on Wednesday"), "Which day?")
	d.want(d.says("", "Tuesday or Wednesday"), "Two days. Which day?")
}

func TestAReadBackIsCorrectedInOneBreath(t *testing.T) {
	d := book(t, visit)
	d.says("book", "I want to book on Tuesday")
	d.want(d.says("no", "no on Wednesday"), "On Wednesday the fourth of March?")
	d.want(d.says("yes", "yes Wednesday"), "When?")
}

func TestAnAnswerToAnotherQuestionIsNoMisunderstanding(t *testing.T) {
	d := book(t, visit)
	d.says("book", "I want to book")
	d.want(d.says("", "at ten in the morning"), "Which day?")
	d.want(d.says("", "um"), "Sorry? Which day?")
}

func TestEveryKindCanBeKeyed(t *testing.T) {
	for name, c := range map[string]struct{ slot, keys, want string }{
		"date within a year": {"{kind: date, from: today, to: today+90, ask: {en: Q}, confirm: {en: \"{x}\"}}", "0303", "2026-03-03"},
		"date":               {"{kind: date, ask: {en: Q}, confirm: {en: \"{x}\"}}", "15032027", "2027-03-15"},
		"time":               {"{kind: time, ask: {en: Q}, confirm: {en: \"{x}\"}}", "0930", "09:30"},
		"amount":             {"{kind: amount, ask: {en: Q}, confirm: {en: \"{x}\"}}", "42,5", "42.50 EUR"},
		"number":             {"{kind: number, ask: {en: Q}, confirm: {en: \"{x}\"}}", "012", "12"},
		"postcode":           {"{kind: postcode, ask: {en: Q}, confirm: {en: \"{x}\"}}", "75011", "75011"},
		"phone":              {"{kind: phone, ask: {en: Q}, confirm: {en: \"{x}\"}}", "0612345678", "+33612345678"},
		"code":               {"{kind: code, pattern: \"999999\", ask: {en: Q}, confirm: {en: \"{x}\"}}", "123456", "123456"},
		"choice":             {"{kind: choice, ask: {en: Q}, options: {tea: {key: 7, words: {en: [tea]}}, milk: {key: 8, words: {en: [milk]}}}}", "8", "milk"},
		"yes or no":          {"{kind: yes_no, ask: {en: Q}}", "1", "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			d := book(t, "      x: "+c.slot+"\n")
			d.says("book", "I want to book")
			d.keys(c.keys)
			if got := d.Values()["x"]; got != c.want {
				t.Errorf("keys %s: %q, want %q", c.keys, got, c.want)
			}
		})
	}
}

func TestRecognizersAreToldWhatIsExpected(t *testing.T) {
	d := book(t, visit)
	step := d.Next(assistant.Input{Kind: assistant.InputSaid, At: friday(), Text: redact.Authored("I want to book"), Intent: intent.Result{Name: "book", Confidence: 0.9}})
	if l := step.Listen; l.Expect != assistant.ExpectDate || l.Keys != 4 || !slices.Contains(l.Phrases, "next tuesday") {
		t.Errorf("%+v", l)
	}
	if got := step.Listen.Redact(); got != (redact.Expect{Kind: redact.ExpectDigits, Length: 4}) {
		t.Errorf("%+v", got)
	}
}

func TestErrorsInSlotsOfEveryKindTellWhatIsAllowed(t *testing.T) {
	const texts = `ask: {en: Q}, confirm: {en: "{x}"}`
	for name, c := range map[string]struct{ slot, want string }{
		"of another kind":   {"{kind: time, min: 3, " + texts + "}", `the slot x is of kind time, which has no "min"; allowed beside its texts: from, to`},
		"length":            {"{kind: date, length: 3, " + texts + "}", `the slot x is of kind date, which has no "length"`},
		"no day":            {"{kind: date, from: monday, " + texts + "}", `the first day of x cannot be "monday"; allowed: today, tomorrow, today+60 or a date such as 2026-03-31`},
		"days turned round": {"{kind: date, from: today+9, to: today, " + texts + "}", "the slot x ends before it begins"},
		"no time":           {`{kind: time, from: "25:00", ` + texts + "}", `the first time of x must be a time such as "09:30", in quotes`},
		"amount":            {"{kind: amount, max: 10000, " + texts + "}", "the most of x must be an amount up to 9999.99, such as 42.50"},
		"currency":          {"{kind: amount, currency: EURO, " + texts + "}", `the currency of x cannot be "EURO" (did you mean "EUR"?); allowed: EUR, GBP, USD, CHF`},
		"number":            {"{kind: number, min: 5, max: 2, " + texts + "}", "the slot x ends before it begins"},
		"country":           {"{kind: phone, country: DE, " + texts + "}", `the country of x cannot be "DE"`},
		"no pattern":        {"{kind: code, " + texts + "}", `the slot x lacks "pattern": A for a letter, 9 for a digit, such as AA999999`},
		"pattern":           {"{kind: code, pattern: AB99, " + texts + "}", `the pattern of x cannot be "AB99"`},
		"letters by keys":   {"{kind: code, pattern: AA99, keypad: {en: K}, " + texts + "}", `the slot x has letters, which cannot be keyed, so it has no "keypad"`},
		"no options":        {"{kind: choice, ask: {en: Q}}", `the slot x lacks "options": what there is to choose from`},
		"one option":        {"{kind: choice, ask: {en: Q}, options: {tea: {key: 1, words: {en: [tea]}}}}", "the slot x needs two options at least"},
		"same key":          {"{kind: choice, ask: {en: Q}, options: {tea: {key: 1, words: {en: [tea]}}, milk: {key: 1, words: {en: [milk]}}}}", "the options tea and milk both have the key 1"},
		"same words":        {"{kind: choice, ask: {en: Q}, options: {tea: {key: 1, words: {en: [tea]}}, milk: {key: 2, words: {en: [Tea]}}}}", `the options tea and milk both have the words "Tea"`},
		"no read-back":      {"{kind: date, ask: {en: Q}}", `the slot x lacks "confirm"`},
		"no such key":       {"{kind: date, form: today, " + texts + "}", `unknown key "form" in the slot x (did you mean "from"?)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assistant.Parse("book.yaml", []byte(withSlots("      x: "+c.slot+"\n")))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "book.yaml:5") {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}
