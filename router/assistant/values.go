package assistant

import (
	"slices"
	"strconv"
	"time"

	"github.com/callward/callward/router/entity"
)

// trouble says why a slot has no value.
type trouble uint8

const (
	fine    trouble = iota
	missing         // nothing of the kind was said
	invalid         // what was said cannot be taken
	several         // more than one thing was said
)

func (t trouble) String() string {
	return [...]string{"a value", "no value", "a value that cannot be taken", "more than one value"}[t]
}

// read takes what the slot is for out of the answer to its question.
func (d *Dialogue) read(s *slot, in Input, asked bool) (string, trouble) {
	if s.kind == ExpectDigits || s.kind == ExpectCard {
		if v, ok := s.value(in); ok {
			return v, fine
		}
		return "", missing
	}
	if s.kind == ExpectYesNo {
		return [...]string{"", "yes", "no"}[d.yesNo(in)], [...]trouble{missing, fine, fine}[d.yesNo(in)]
	}
	if in.Kind == InputKeyed {
		return s.keyed(in)
	}
	good, said := s.candidates(d.heard(in), in.At, asked)
	switch {
	case len(good) == 1:
		return good[0], fine
	case len(good) > 1:
		return "", several
	case said:
		return "", invalid
	}
	return "", missing
}

func (d *Dialogue) heard(in Input) *entity.Heard { return entity.Hear(d.language, in.Text) }

// candidates gives what was said and can be taken; said reports whether anything of the
// kind was.
func (s *slot) candidates(h *entity.Heard, now time.Time, asked bool) (good []string, said bool) {
	l := &s.limits
	switch s.kind {
	case ExpectDate:
		for _, v := range h.Dates(entity.Calendar{Now: now, Past: l.past(), Asked: asked}) {
			good, said = keep(good, v.String(), l.hasDate(v, now)), true
		}
	case ExpectTime:
		for _, may := range h.Times(asked) {
			for _, v := range may {
				good, said = keep(good, v.String(), l.hasTime(v)), true
			}
		}
	case ExpectAmount:
		for _, v := range h.Amounts(l.currency, asked) {
			good, said = keep(good, v.String(), l.hasAmount(v)), true
		}
	case ExpectNumber:
		for _, v := range h.Numbers(asked) {
			good, said = keep(good, strconv.Itoa(v), v >= l.least && v <= l.most), true
		}
	case ExpectPostcode:
		good = h.Postcodes()
		said = len(good) > 0 || len(h.Digits(s.length)) > 0
	case ExpectPhone:
		good = h.Phones(l.country)
		said = len(good) > 0
	case ExpectCode:
		good = h.Codes(l.pattern)
		said = len(good) > 0
	case ExpectMenu:
		good = h.Choices(l.named(h.Language()))
		said = len(good) > 0
	case ExpectDigits:
		good = h.Digits(s.length)
	case ExpectFree, ExpectYesNo, ExpectCard:
	}
	return good, said
}

func keep(list []string, v string, ok bool) []string {
	if !ok || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

func (l *limits) hasDate(d entity.Date, now time.Time) bool {
	today := entity.DateOf(now)
	return (!l.from.given || d.Compare(l.from.on(today)) >= 0) && (!l.to.given || d.Compare(l.to.on(today)) <= 0)
}

func (l *limits) hasTime(c entity.Clock) bool {
	return c.Minutes() >= l.first.Minutes() && c.Minutes() <= l.last.Minutes()
}

func (l *limits) hasAmount(a entity.Amount) bool {
	return a.Currency == l.currency && a.Cents >= l.least && a.Cents <= l.most
}

// named lists the options with what they are called in a language.
func (l *limits) named(language string) []entity.Option {
	var out []entity.Option
	for _, o := range l.options {
		out = append(out, entity.Option{Name: o.name, Words: o.words[language]})
	}
	return out
}

// keyed takes the slot's value from keys.
func (s *slot) keyed(in Input) (string, trouble) {
	l, keys := &s.limits, in.key()
	switch s.kind {
	case ExpectDate:
		v, ok := entity.KeyedDate(keys, entity.Calendar{Now: in.At, Past: l.past()})
		return taken(v.String(), ok, ok && l.hasDate(v, in.At))
	case ExpectTime:
		v, ok := entity.KeyedClock(keys)
		return taken(v.String(), ok, l.hasTime(v))
	case ExpectAmount:
		v, ok := entity.KeyedAmount(in.Text.String(), l.currency)
		return taken(v.String(), ok, l.hasAmount(v))
	case ExpectNumber:
		v, err := strconv.Atoi(keys)
		return taken(strconv.Itoa(v), err == nil, v >= l.least && v <= l.most)
	case ExpectPostcode:
		return taken(keys, len(keys) == s.length, entity.IsPostcode(keys))
	case ExpectPhone:
		v, ok := entity.Phone(keys, false, l.country)
		return taken(v, keys != "", ok)
	case ExpectCode:
		return taken(keys, len(keys) == len(l.pattern), l.pattern.Keyed())
	case ExpectMenu:
		for _, o := range l.options {
			if o.key == keys {
				return o.name, fine
			}
		}
	case ExpectFree, ExpectYesNo, ExpectDigits, ExpectCard:
	}
	return "", missing
}

func taken(v string, said, good bool) (string, trouble) {
	switch {
	case !said:
		return "", missing
	case !good:
		return "", invalid
	}
	return v, fine
}

// like reports whether both slots take the same things, so that what was said may be of
// either.
func (s *slot) like(o *slot) bool {
	if s.kind == ExpectMenu {
		return s == o
	}
	if s.length != o.length || s.limits.pattern != o.limits.pattern {
		return false
	}
	return s.kind == o.kind || s.dictated() && o.dictated()
}

// dictated reports whether the slot's value is digits of any meaning.
func (s *slot) dictated() bool { return s.kind == ExpectDigits || s.kind == ExpectPostcode }

// plain reports whether a task asks for nothing but digits and cards.
func (t *task) plain() bool {
	return !slices.ContainsFunc(t.slots, func(s slot) bool { return s.kind != ExpectDigits && s.kind != ExpectCard })
}

// takeAlong fills slots from one on with what came with the request, or with the answer
// to another question, and counts them. What could be of two slots is left to be asked
// for, unless there is one for each.
func (d *Dialogue) takeAlong(from int, in Input) (filled int) {
	if in.Kind != InputSaid {
		return 0
	}
	var empty []int
	for i := from; i < len(d.task.slots); i++ {
		if s := &d.task.slots[i]; d.values[s.name] == "" && s.capture == nil && s.kind != ExpectYesNo {
			empty = append(empty, i)
		}
	}
	for _, i := range empty {
		if v := d.along(i, empty, in); v != "" {
			d.values[d.task.slots[i].name] = v
			filled++
		}
	}
	return filled
}

// along gives what was said of one of the empty slots.
func (d *Dialogue) along(i int, empty []int, in Input) string {
	s := &d.task.slots[i]
	if s.kind == ExpectCard {
		v, _ := s.value(in)
		return v
	}
	same, rank := 0, 0
	for _, j := range empty {
		if s.like(&d.task.slots[j]) {
			if j < i {
				rank++
			}
			same++
		}
	}
	good, _ := s.candidates(d.heard(in), in.At, false)
	if v, ok := s.value(in); ok && s.kind == ExpectDigits && d.task.plain() && rank == 0 {
		good = []string{v}
	}
	good = slices.DeleteFunc(good, func(v string) bool { return d.known(s, v, empty) })
	if len(good) == same || len(good) == 1 && rank == 0 {
		return good[rank]
	}
	return ""
}

// known reports whether a slot that is like s, and was not empty, has the value already.
func (d *Dialogue) known(s *slot, v string, empty []int) bool {
	for i := range d.task.slots {
		if o := &d.task.slots[i]; s.like(o) && !slices.Contains(empty, i) && d.values[o.name] == v {
			return true
		}
	}
	return false
}

// spokenValues gives the values as they are said.
func (d *Dialogue) spokenValues(language string) map[string]string {
	out := make(map[string]string, len(d.values))
	for name, v := range d.values {
		out[name] = v
		for i := range d.task.slots {
			if s := &d.task.slots[i]; s.name == name {
				out[name] = d.spoken(s, v, language)
			}
		}
	}
	return out
}

// spoken says a value of a slot in a language.
func (d *Dialogue) spoken(s *slot, v, language string) string {
	switch s.kind {
	case ExpectDate:
		if date, err := entity.ParseDate(v); err == nil {
			return date.Spoken(language, d.now)
		}
	case ExpectTime:
		if c, err := entity.ParseClock(v); err == nil {
			return c.Spoken(language)
		}
	case ExpectAmount:
		if a, err := entity.ParseAmount(v, s.limits.currency); err == nil {
			return a.Spoken(language)
		}
	case ExpectNumber:
		if n, err := strconv.Atoi(v); err == nil {
			return entity.Number(n, language)
		}
	case ExpectPhone:
		return entity.SpokenPhone(v, s.limits.country, language)
	case ExpectMenu:
		for _, o := range s.limits.options {
			if o.name == v {
				return o.words[language][0]
			}
		}
	case ExpectYesNo:
		if v == "yes" {
			return d.a.answers.yes[language][0]
		}
		return d.a.answers.no[language][0]
	case ExpectPostcode, ExpectCode:
		return entity.Spelled(v)
	case ExpectFree, ExpectDigits, ExpectCard:
		return spell(v)
	}
	return v
}
