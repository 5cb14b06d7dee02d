package assistant

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/router/entity"
)

// A slotKind is what a slot of the file may hold, with the keys that go with it beside
// those of every slot.
type slotKind struct {
	name   string
	expect Expect
	keys   []string
}

func slotKinds() []slotKind {
	return []slotKind{
		{"digits", ExpectDigits, []string{"length"}},
		{"card", ExpectCard, []string{"capture"}},
		{"date", ExpectDate, []string{"from", "to"}},
		{"time", ExpectTime, []string{"from", "to"}},
		{"amount", ExpectAmount, []string{"currency", "min", "max"}},
		{"number", ExpectNumber, []string{"min", "max"}},
		{"postcode", ExpectPostcode, nil},
		{"phone", ExpectPhone, []string{"country"}},
		{"choice", ExpectMenu, []string{"options"}},
		{"yes_no", ExpectYesNo, nil},
		{"code", ExpectCode, []string{"pattern"}},
	}
}

func kindNames() []string {
	var names []string
	for _, k := range slotKinds() {
		names = append(names, k.name)
	}
	return names
}

// textKeys are the keys that slots of every kind have.
func textKeys() []string {
	return []string{"kind!", "ask", "keypad", "again", "invalid", "several", "confirm"}
}

// slotKeys are the keys of all kinds.
func slotKeys() []string {
	keys := textKeys()
	for _, k := range slotKinds() {
		for _, key := range k.keys {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// limits are what a slot takes; what does not belong to its kind is zero.
type limits struct {
	from, to day          // of a date
	first    entity.Clock // of a time
	last     entity.Clock
	least    int // of a number, or of an amount in cents
	most     int
	currency string
	country  string
	pattern  entity.Pattern
	options  []option
}

// A day is one of the calendar, or so many from today on; the zero day is none.
type day struct {
	fixed entity.Date
	after int
	given bool
}

func (d day) on(today entity.Date) entity.Date {
	if !d.relative() {
		return d.fixed
	}
	return today.AddDays(d.after)
}

// relative reports whether the day is counted from today.
func (d day) relative() bool { return d.fixed == (entity.Date{}) }

// before reports whether d is always before o.
func (d day) before(o day) bool {
	if d.relative() != o.relative() {
		return false
	}
	return d.after < o.after || d.fixed.Compare(o.fixed) < 0
}

// An option is something to choose, with what callers call it; its first words are what
// it is called when it is read back.
type option struct {
	name, key string
	words     map[string][]string
}

// shortYear reports whether a day and a month say which date of the slot is meant: all
// of them lie within a year, counted from today.
func (l *limits) shortYear() bool {
	const year = 365
	return l.from.given && l.to.given && l.from.relative() && l.to.relative() && l.to.after-l.from.after < year
}

// past reports whether the dates of the slot are over.
func (l *limits) past() bool { return l.to.given && l.to.relative() && l.to.after <= 0 }

// kind reads the kind of a slot, and complains of keys that it does not have.
func (p *fileParser) kind(e entry, s map[string]entry, out *slot) string {
	name := p.oneOf(s["kind"], "the kind of "+e.name, kindNames()...)
	for _, k := range slotKinds() {
		if k.name == name {
			out.kind = k.expect
			p.ownKeys(e, s, k)
		}
	}
	return name
}

// unconfirmed reports whether a kind needs no read-back: who chooses says one of a few
// things, and hears what comes of it.
func (p *fileParser) unconfirmed(kind entry) bool {
	if !kind.given() || kind.value.GetToken() == nil {
		return false
	}
	name := kind.value.GetToken().Value
	return name == "choice" || name == "yes_no"
}

// ownKeys complains of keys that belong to another kind.
func (p *fileParser) ownKeys(e entry, s map[string]entry, kind slotKind) {
	for _, key := range slotKeys()[len(textKeys()):] {
		alone := key == "capture" || key == "length" && kind.expect == ExpectCard // of these more is said elsewhere
		if s[key].given() && !alone && !slices.Contains(kind.keys, key) {
			p.complain(s[key].key, "the slot %s is of kind %s, which has no %q; allowed beside its texts: %s", e.name, kind.name, key, orNone(kind.keys))
		}
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// limits reads what goes with a kind, into the slot.
func (p *fileParser) limits(e entry, s map[string]entry, out *slot) {
	l := &out.limits
	l.currency = "EUR"
	switch out.kind {
	case ExpectDate:
		l.from, l.to = p.day(s["from"], "the first day of "+e.name), p.day(s["to"], "the last day of "+e.name)
		p.inOrder(s["to"], e.name, l.from.given && l.to.given && l.to.before(l.from))
		out.length = 8
		if l.shortYear() {
			out.length = 4
		}
	case ExpectTime:
		l.first, l.last = p.clock(s["from"], "the first time of "+e.name, entity.Clock{}), p.clock(s["to"], "the last time of "+e.name, entity.Clock{Hour: 23, Minute: 59})
		p.inOrder(s["to"], e.name, l.last.Minutes() < l.first.Minutes())
		out.length = 4
	case ExpectAmount:
		if s["currency"].given() {
			l.currency = p.oneOf(s["currency"], "the currency of "+e.name, entity.Currencies()...)
		}
		l.least, l.most = p.cents(s["min"], "the least of "+e.name, 0), p.cents(s["max"], "the most of "+e.name, mostCents)
		p.inOrder(s["max"], e.name, l.most < l.least)
	case ExpectNumber:
		l.least, l.most = p.count(s["min"], "min", 0, mostNumber, 0), p.count(s["max"], "max", 0, mostNumber, mostNumber)
		p.inOrder(s["max"], e.name, l.most < l.least)
	case ExpectPostcode:
		out.length = 5
	case ExpectPhone:
		l.country = "FR"
		if s["country"].given() {
			l.country = p.oneOf(s["country"], "the country of "+e.name, entity.Countries()...)
		}
		out.length = entity.PhoneKeys(l.country)
	case ExpectMenu:
		l.options = p.options(e, s["options"])
	case ExpectCode:
		p.pattern(e, s, out)
	case ExpectFree, ExpectYesNo, ExpectDigits, ExpectCard:
	}
}

// The largest number and the largest amount that are taken: more than six digits that
// nobody can place are withheld.
const (
	mostNumber = 999_999
	mostCents  = 9_999_99
)

func (p *fileParser) inOrder(e entry, name string, wrong bool) {
	if wrong && e.given() {
		p.complain(e.value, "the slot %s ends before it begins", name)
	}
}

var dayOK = regexp.MustCompile(`^today(?:\s*([+-])\s*(\d{1,4}))?$`) //nolint:gochecknoglobals // a compiled pattern

// day reads "today", "tomorrow", "today+60" or "2026-03-31".
func (p *fileParser) day(e entry, what string) day {
	s := p.scalar(e, what)
	if !e.given() {
		return day{}
	}
	if s == "tomorrow" {
		return day{after: 1, given: true}
	}
	if m := dayOK.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1] + m[2])
		return day{after: n, given: true}
	}
	d, err := entity.ParseDate(s)
	if err != nil {
		p.complain(e.value, "%s cannot be %q; allowed: today, tomorrow, today+60 or a date such as 2026-03-31", what, s)
	}
	return day{fixed: d, given: true}
}

func (p *fileParser) clock(e entry, what string, otherwise entity.Clock) entity.Clock {
	if !e.given() {
		return otherwise
	}
	c, err := entity.ParseClock(p.scalar(e, what))
	if err != nil {
		p.complain(e.value, `%s must be a time such as "09:30", in quotes`, what)
		return otherwise
	}
	return c
}

func (p *fileParser) cents(e entry, what string, otherwise int) int {
	if !e.given() {
		return otherwise
	}
	a, err := entity.ParseAmount(p.scalar(e, what), "EUR")
	if err != nil || a.Cents > mostCents {
		p.complain(e.value, "%s must be an amount up to %s, such as 42.50", what, "9999.99")
		return otherwise
	}
	return a.Cents
}

func (p *fileParser) pattern(e entry, s map[string]entry, out *slot) {
	if !s["pattern"].given() {
		p.complain(e.key, "the slot %s lacks %q: A for a letter, 9 for a digit, such as AA999999", e.name, "pattern")
		return
	}
	pattern := entity.Pattern(p.scalar(s["pattern"], "the pattern of "+e.name))
	if !pattern.Valid() {
		p.complain(s["pattern"].value, "the pattern of %s cannot be %q; allowed: 2 to 16 characters, A for a letter and 9 for a digit, of which eleven at most", e.name, string(pattern))
		return
	}
	if !pattern.Keyed() && s["keypad"].given() {
		p.complain(s["keypad"].key, "the slot %s has letters, which cannot be keyed, so it has no %q", e.name, "keypad")
	}
	out.limits.pattern, out.length = pattern, pattern.Digits()
}

// options reads what there is to choose from: two at least, no two on the same key or
// with the same words.
func (p *fileParser) options(e, list entry) []option {
	if !list.given() {
		p.complain(e.key, "the slot %s lacks %q: what there is to choose from", e.name, "options")
		return nil
	}
	var out []option
	keys, words := map[string]string{}, map[string]string{}
	for _, i := range p.entries(list.value, "the options of "+e.name) {
		if !nameOK.MatchString(i.name) {
			p.complain(i.key, "an option cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", i.name)
		}
		s := p.section(i, "the option "+i.name, "key!", "words!")
		o := option{name: i.name, key: p.scalar(s["key"], "the key of "+i.name), words: p.wordLists(s["words"], "the words of "+i.name, true)}
		if s["key"].given() {
			p.phoneKey(s["key"].value, o.key, "an option")
			p.taken(s["key"].value, keys, o.key, o.name, "the key "+o.key)
		}
		for _, l := range slices.Sorted(maps.Keys(o.words)) {
			for _, w := range o.words[l] {
				p.taken(i.key, words, l+" "+strings.ToLower(w), o.name, "the words "+strconv.Quote(w))
			}
		}
		out = append(out, o)
	}
	if len(out) < 2 {
		p.complain(list.key, "the slot %s needs two options at least", e.name)
	}
	return out
}

// taken complains of what stands for two options.
func (p *fileParser) taken(n ast.Node, owners map[string]string, what, name, called string) {
	if o, ok := owners[what]; ok && o != name {
		p.complain(n, "the options %s and %s both have %s", o, name, called)
	}
	owners[what] = name
}
