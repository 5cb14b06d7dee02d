package guard

import (
	"slices"
	"sync"

	"github.com/callward/callward/redact"
)

// A Kind says what a caller tried. Its text is the flag on the record of the call.
type Kind string

// The kinds, the ones whose refusal tells most first.
const (
	Injection     Kind = "injection"     // speaks to a model, not to a bot: "ignore your instructions"
	Change        Kind = "change"        // of an address, a phone number, an e-mail address or bank details
	ReadBack      Kind = "read-back"     // wants to hear the digits that were given before
	Disclosure    Kind = "disclosure"    // wants personal data said, anybody's
	Authority     Kind = "authority"     // says to be the police, the bank, staff
	Pressure      Kind = "pressure"      // wants checks left out, or threatens
	Probing       Kind = "probing"       // tries numbers or codes one after the other
	Impersonation Kind = "impersonation" // speaks for somebody else
)

// Kinds lists all of them, in the order of the constants.
func Kinds() []Kind {
	return []Kind{Injection, Change, ReadBack, Disclosure, Authority, Pressure, Probing, Impersonation}
}

// A Finding is one thing that was recognised. Rule names what did; it holds none of the
// caller's words.
type Finding struct {
	Kind Kind
	Rule string
}

// Rails recognise what a line refuses.
type Rails struct {
	lexicon lexicon
	rules   []rule
	glued   map[string]Kind
}

// New makes the rails of a line. house are names of the company, which impostors say that
// they work for.
func New(house ...string) *Rails {
	r := *bare()
	r.lexicon = r.lexicon.with("house", house)
	return &r
}

// bare are the rails of a line that adds no words. Reading them takes most of what parsing
// an assistant does.
//
//nolint:gochecknoglobals // read once, and never written
var bare = sync.OnceValue(func() *Rails {
	classes := english()
	for name, phrases := range french() {
		classes[name] = append(classes[name], phrases...)
	}
	classes["datum"] = append(classes["datum"], classes["data"]...)
	r := &Rails{glued: glued(), lexicon: newLexicon(classes)}
	for _, p := range patterns() {
		r.rules = append(r.rules, r.lexicon.rule(p))
	}
	return r
})

// Judge says what text asks for that no line grants: at most one finding of a kind, in the
// order of Kinds; nil for nearly all that callers say. The work is linear in the length of
// text.
func (r *Rails) Judge(text redact.Safe) []Finding { return r.judge(text.String()) }

func (r *Rails) judge(text string) []Finding {
	read := reading(text)
	var found []Finding
	if read.markup != "" {
		found = append(found, Finding{Injection, read.markup})
	}
	hits := r.lexicon.hits(read.words)
	seen := r.lexicon.seen(hits)
	for i := range r.rules {
		if rule := &r.rules[i]; rule.may(seen) && rule.fires(hits) {
			found = append(found, Finding{rule.kind, rule.name})
		}
	}
	if k, name := r.stuck(read); k != "" {
		found = append(found, Finding{k, name})
	}
	return first(found)
}

// first keeps one finding of a kind.
func first(found []Finding) []Finding {
	var out []Finding
	for _, k := range Kinds() {
		if i := slices.IndexFunc(found, func(f Finding) bool { return f.Kind == k }); i >= 0 {
			out = append(out, found[i])
		}
	}
	return out
}
