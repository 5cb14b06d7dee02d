package corpus

// tongue is what a language brings: its numbers, its habits and the words
// around them.
type tongue struct {
	lang      string
	number    func(n int, a accent) string // 0 to 9999
	times     func(s *scene, n int, digit byte) string
	zeros     []string
	hundred   string
	alike     map[byte][]string // what a recognizer hears in place of a digit
	clockMark string
	currency  string
	values    map[string]func(s *scene) string // slots of the templates

	openings []string // why the caller calls
	greets   []string // what the bot says first
	asks     []string // the bot asks for a card
	askAgain []string
	goOn     []string // the bot listens
	thanks   []string // the bot is done
	intros   []string // before a card number, with a card word
	plain    []string // the same without
	outros   []string // after it
	closings []string
	fillers  []string // among digits
	asides   []string // an utterance of its own between two parts
	ask      []string // questions of the caller between two parts
	labels   [][]string
	fixes    []string // before a group that is said again
	restarts []string // before all of it is said again
	wrong    []string // misheard words

	reads    []string // the bot before it reads a card back
	readsEnd []string
	keypad   []string // the bot asks for keys
	expiry   [][2]string
	expiries []string
	codes    [][2]string // the bot asks for the code, the caller introduces it
	ibans    [][2]string
	nirs     [][2]string
	lastFour []string // what goes before the last four when they come first
	theRest  []string // and then
	another  []string // the bot asks for another card
	second   []string // the caller introduces it

	questions map[string][]string // decoys: what the bot asks
	answers   map[string][]string // and what is answered
	talk      []string            // small talk, with slots
	regions   []string            // ordinary numbers from elsewhere
	life      []string            // more small talk
	sounds    []string            // words that sound like numbers
	inCard    []string            // a card is spoken of, not said
	switched  []string            // the caller changes the language

	again       []string // before a group is said once more, in another way
	nods        []string // short answers, an utterance of their own
	links       []string // words between two groups
	oldOnes     []string // before the right card, after a wrong one
	looseIntros []string // before a number of which nobody says what it is
	lateCodes   []string // before the code that nobody asked for
	places      []string // of a digit in the number; the last stands for all that follow
}
