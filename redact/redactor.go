package redact

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A Redactor turns what is said and keyed in one call into text that may be
// shown. It remembers the call: the parts of a number count together over
// utterances, keys and what the bot says between them. It is not safe for
// concurrent use, never blocks, and keeps a fixed amount of memory.
//
// Should it ever fail, the text is dropped and counted, and the call goes on.
//
// What it remembers lies behind a pointer: of a value, fmt prints the fields for %p without
// asking Format, but of a pointer in it only the address.
type Redactor struct{ *state }

type state struct {
	lang    string
	policy  Policy
	memory  memory
	flash   flash
	keys    [maxAtoms]byte
	keyed   int
	known   [4]string // numbers that were shown: the bot may say them again
	knownAt int
	scratch utterance
	sheet   sheet
	dropped int

	held     held
	front    Safe // what was decided about it, until a final has shown it
	released Safe // with the last text

	sensitive bool
}

// flash is what the partials of an utterance have shown.
type flash struct {
	utterance string
	digits    int
	lost      int             // of them, what is not in the hypothesis any more
	last      [maxDigits]byte // what the last one showed
	n         int
	seen      [maxDigits]atom // the words of that, as far as there is room
	words     int             // how many they are
	count     int             // and how many digits at most
	heard     [maxDigits]byte // the first digits of the last one, shown or not
	heardN    int
	fell      int // digits with which an earlier one began, and that the last one does not hold
	loose     int // memory.loose, if nothing follows of it
}

// sees keeps what a partial shows: so many digits at most.
func (f *flash) sees(u *utterance, shown int) {
	f.words, f.count = 0, shown
	for i := range u.groups {
		if gr := &u.groups[i]; gr.show && !gr.spare && !gr.placed {
			if f.words+len(gr.atoms) > len(f.seen) {
				f.words = 0
				return
			}
			f.words += copy(f.seen[f.words:], gr.atoms)
		}
	}
}

// stands reports whether the final shows, in a row, the words that the last partial showed,
// whatever it takes them for.
func (f *flash) stands(u *utterance) bool {
	at := 0
	for i := range u.groups {
		gr := &u.groups[i]
		for k := 0; k < len(gr.atoms) && at < f.words; k++ {
			switch a, b := gr.atoms[k], f.seen[at]; {
			case gr.show && a.class == b.class && a.value == b.value:
				at++
			case at > 0:
				at = 0
				k-- // it may be the first of them
			}
		}
	}
	return f.words > 0 && at == f.words
}

// revised counts the digits that were shown and of which the hypothesis that reads d holds
// nothing: a recognizer that forgets the beginning of what it hears, and goes on, would show
// one part of a number after the other. Two digits that come out otherwise are a correction.
func (f *flash) revised(d []byte) int {
	last := f.last[:f.n]
	if bytes.Contains(d, last) || bytes.Contains(last, d) {
		return f.lost
	}
	same := 0
	for same < min(len(d), f.n) && d[same] == last[same] {
		same++
	}
	if f.n-same > 2 {
		f.lost += f.n - same
	}
	f.n = 0
	return f.lost
}

// moved counts the digits, withheld or not, with which an earlier hypothesis began and that the one which
// reads d has lost, though it goes on with the rest: a recognizer that cuts what it hears anew shows
// the middle of a number as if it were the beginning.
func (f *flash) moved(d []byte) int {
	last := f.heard[:f.heardN]
	switch at := bytes.Index(last, d[:min(len(d), 3)]); {
	case len(d) >= 3 && at > 0:
		f.fell += at
	case len(d) > 0 && len(last) > 2 && last[0] >= '2' && last[0] <= '6' && !bytes.HasPrefix(d, last[:2]):
		f.fell = max(f.fell, len(last))
	}
	f.heardN = copy(f.heard[:], d)
	return f.fell
}

// New makes the Redactor of one call. lang is "en" or "fr"; for any other it
// listens for both.
func New(lang string) *Redactor { return Policy{}.New(lang) }

// SetLanguage changes the language of what is said from now on.
func (r *Redactor) SetLanguage(lang string) { r.lang = lang }

// Expect tells what the bot asks for. Call it for each question, before its
// answer can arrive: it also closes the number that answered the last one.
func (r *Redactor) Expect(e Expect) {
	r.turnsTo(func() { r.memory.expects(e) })
	r.sensitive = false
}

// Dropped counts the texts that were dropped because the Redactor failed.
func (r *Redactor) Dropped() int { return r.dropped }

// Partial redacts a hypothesis that may still change. Numbers are withheld as
// long as they may go on.
func (r *Redactor) Partial(id string, raw Raw) (out Safe) {
	defer r.recover(func() { out = Safe{} })
	r.settle(id)
	m := r.memory
	u := r.read(r.lang, join(raw.open()), &m)
	defer u.wipe()
	g := grammarOf(r.lang)
	u.hears(g, &m)
	r.release(u, &m, false)
	r.released = r.front
	var digits [maxAtoms * 6]byte
	d := u.reads(g, digits[:0], false)
	moved := r.flash.moved(d)
	if moved > 0 {
		m.opened, m.loose = looseFor, looseFor
	}
	m.flashed = r.flash.revised(d) + moved + r.pending()
	full, gap := m.brimful(), m.chain.gap
	v := u.decide(g, &m)
	u.seventh(&m, full, gap)
	u.secrets(g, &m, r.policy, &v, true)
	shown := u.withholdOpen(g, &m)
	shown += u.uncover(r.memory.chain.shown+shown, m.account.heat > 0)
	r.flash.digits = max(r.flash.digits, r.flash.lost+shown)
	r.flash.loose = m.loose
	if d = u.reads(g, digits[:0], true); len(d) > 0 {
		r.flash.n = copy(r.flash.last[:], d)
		r.flash.sees(u, shown)
	}
	r.sensitive = m.open(u)
	return Safe{u.render(nil, false)}
}

// Final redacts the last hypothesis of an utterance.
func (r *Redactor) Final(id string, raw Raw) (out Result) {
	var words []Word
	defer r.recover(func() { out = Result{Mute: muteAll(words)} })
	r.settle(id)
	words = raw.open()
	r.scratch.times = timing{words: words}
	return r.final(join(words), false)
}

// final redacts text for good and remembers it.
func (r *Redactor) final(text string, keyed bool) Result {
	m := &r.memory
	r.released = Safe{}
	u := r.read(r.lang, text, m)
	defer u.wipe()
	if len(u.lex) == 0 {
		return Result{}
	}
	g := grammarOf(r.lang)
	u.hears(g, m)
	if !keyed {
		r.release(u, m, true)
		r.released, r.front = r.front, Safe{}
	}
	afterCard := m.chain.card
	asked := m.secret > 0
	m.flashed = r.pending()
	if keyed { // while something was being said, of which hypotheses have shown that much
		m.flashed = r.flash.digits
	}
	before, full, gap := m.chain.shown, m.brimful(), m.chain.gap
	v := u.decide(g, m)
	m.flashed = 0
	m.chain.mixed = m.chain.mixed || r.pending() > 0 && len(u.groups) > 0
	u.seventh(m, full, gap)
	found := u.secrets(g, m, r.policy, &v, false)
	r.unflash(u)
	m.chain.shown += u.uncover(max(before, m.chain.shown), m.account.heat > 0)
	code := u.isCode(asked, afterCard)
	res := Result{Released: r.released, Findings: u.found(m, &v, code, found)}
	if !keyed && len(found) == 0 && !code && !v.card {
		r.hold(u, g, m)
	}
	res.Numbers = u.numbers(g, m.expect.Length)
	res.Text, res.Mute = Safe{u.render(&v, code)}, u.mute(m)
	r.sensitive = m.open(u) && !m.chain.card
	r.remember(res.Numbers)
	u.finish(m)
	return res
}

// Speech redacts what the bot is about to say, with the caller's values in it.
// The operator's own numbers stay as long as no card could hide in them.
func (r *Redactor) Speech(text string) (out Safe) {
	defer r.recover(func() { out = Safe{} })
	var aside memory
	u := r.read(r.lang, text, &aside)
	defer u.wipe()
	g := grammarOf(r.lang)
	r.turnsTo(func() { u.spoken(g, &r.memory, &aside) })
	aside.other = r.memory.other
	v := u.decide(g, &aside)
	u.release(g, r.known[:])
	u.readBack(g, &r.memory.account)
	u.echoes(g, &r.memory, r.policy)
	u.secrets(g, &aside, r.policy, &v, false)
	return Safe{u.render(&v, false)}
}

// Press takes a key. It reports true, with the result, when the entry is
// complete: at the expected length, at '#', or at a whole card number when a
// card is expected. '*' starts the entry again; in an amount, the first one is the
// decimal point, which the text shows as a comma.
func (r *Redactor) Press(key byte) (out Result, complete bool) {
	defer r.recover(func() { out, complete = Result{}, true })
	switch {
	case key == '#':
		return r.endKeys(), true
	case key == '*' && r.decimal():
		key = ','
	case key == '*':
		r.clearKeys()
		return Result{}, false
	case key < '0' || key > '9':
		return Result{}, false
	}
	r.keys[r.keyed] = key
	r.keyed++
	if r.pending() > 0 {
		r.memory.opened, r.memory.loose = looseFor, looseFor
	}
	if r.keyed == r.memory.expect.Length || r.keyed == len(r.keys) || r.wholeCard() {
		return r.endKeys(), true
	}
	return Result{}, false
}

// pending counts the keys of an entry that is not complete and may be the beginning of a card: what
// is said meanwhile may go on with it.
func (r *Redactor) pending() int {
	if r.keyed > 1 && r.memory.expect.Kind == ExpectFree && r.keys[0] >= '2' && r.keys[0] <= '6' {
		return r.keyed
	}
	return 0
}

// decimal reports whether a '*' is the decimal point of an amount that is keyed.
func (r *Redactor) decimal() bool {
	return r.memory.expect.Kind == ExpectAmount && r.keyed > 0 && !bytes.ContainsRune(r.keys[:r.keyed], ',')
}

// EndKeys ends the entry, as when no key came for a while.
func (r *Redactor) EndKeys() (out Result) {
	defer r.recover(func() { out = Result{} })
	return r.endKeys()
}

func (r *Redactor) wholeCard() bool {
	e := r.memory.expect
	keys := r.keys[:r.keyed]
	return e.Kind == ExpectCard && e.Length == 0 && len(keys) >= 14 && len(keys) <= 16 && isCard(keys)
}

func (r *Redactor) endKeys() Result {
	keys := string(r.keys[:r.keyed])
	r.clearKeys()
	res := r.final(keys, true)
	if e := r.memory.expect; len(keys) == 1 && e.Length == 1 && e.Kind != ExpectCard && len(res.Numbers) == 0 {
		// The choice from a menu must reach the menu; many of them in a row
		// must not spell a card.
		return Result{Text: Safe{maskKey}, Numbers: []Safe{{keys}}}
	} else if e.Kind == ExpectDigits && e.Length > 1 && keys != "" && len(keys) != e.Length {
		// It answers nothing. Shown, it would be the start of a card whose next
		// part happens to have the length that is asked for.
		return Result{Text: Safe{maskNumber}}
	}
	return res
}

func (r *Redactor) clearKeys() {
	clear(r.keys[:])
	r.keyed = 0
}

// recover drops what could not be redacted.
func (r *Redactor) recover(drop func()) {
	if recover() != nil {
		r.dropped++
		r.scratch, r.held = utterance{}, held{}
		r.front, r.released = Safe{}, Safe{}
		r.clearKeys()
		drop()
	}
}

// read cuts text into words and numbers.
func (r *Redactor) read(lang, text string, m *memory) *utterance {
	u := &r.scratch
	u.text, u.cues, u.other, u.signs, u.sheet = text, 0, 0, 0, &r.sheet
	u.lex, u.cut = lex(lang, text, u.lex)
	u.hear(grammarOf(lang), m)
	return u
}

// settle counts what the partials of an earlier utterance showed, if no final
// followed them.
func (r *Redactor) settle(id string) {
	if r.flash.utterance != id {
		r.memory.chain.shown += r.flash.digits
		r.memory.loose = max(r.memory.loose, r.flash.loose)
		r.flash = flash{utterance: id}
	}
}

// unflash counts what partials of this utterance showed and the final lost.
func (r *Redactor) unflash(u *utterance) {
	stayed := 0
	for i := range u.groups {
		if gr := &u.groups[i]; gr.show && !gr.spare && !gr.placed {
			stayed += gr.most
		}
	}
	if r.flash.stands(u) { // as an amount, or a number that has a name
		stayed = max(stayed, r.flash.count)
	}
	r.memory.chain.shown += max(r.flash.digits-stayed, 0)
	r.flash = flash{utterance: r.flash.utterance}
}

// reads appends the digits of the utterance that count, by the likeliest reading: of all
// groups, or of those that are shown.
func (u *utterance) reads(g grammar, dst []byte, shown bool) []byte {
	for i := range u.groups {
		if gr := &u.groups[i]; !gr.spare && (!shown || gr.show && !gr.placed) && len(dst)+gr.greedy <= maxAtoms*6 {
			dst = g.greedy(gr.atoms, dst)
		}
	}
	return dst
}

// remember keeps numbers that were shown.
func (r *Redactor) remember(numbers []Safe) {
	for _, n := range numbers {
		if len(n.text) > budget {
			r.known[r.knownAt%len(r.known)] = n.text
			r.knownAt++
		}
	}
}

func join(words []Word) string {
	if len(words) == 1 {
		return words[0].Text
	}
	n := 0
	for _, w := range words {
		n += len(w.Text) + 1
	}
	var b strings.Builder
	b.Grow(n)
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

// Format prints nothing of what a Redactor remembers.
func (Redactor) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redactor]") }

// LogValue logs nothing of it either.
func (Redactor) LogValue() slog.Value { return slog.StringValue("[redactor]") }
