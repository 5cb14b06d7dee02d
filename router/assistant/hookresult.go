package assistant

import (
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/entity"
)

// ResultType says what a result must be.
type ResultType string

// The types of results, with the form in which an Answer holds them.
const (
	ResultText    ResultType = "text"    // up to Longest letters, on one line
	ResultNumber  ResultType = "number"  // -12.5
	ResultAmount  ResultType = "amount"  // 12.50
	ResultDate    ResultType = "date"    // 2026-01-05
	ResultBoolean ResultType = "boolean" // true, false
	ResultChoice  ResultType = "choice"  // one of Choices
)

// A Result is a value of a webhook's answer: where it stands, and what it must be.
type Result struct {
	Name    string
	Type    ResultType
	Path    []string // keys of objects, and indices of lists, from the top of the answer
	Longest int      // letters of a text
	Choices []string

	currency string          // of an amount
	words    map[string]Text // by choice: how it is said
}

// Outcome is what came of a webhook.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "answered"  // the results are there, each as the file wants it
	NotFound Outcome = "not_found" // the system knows of no such thing (404)
	Failed   Outcome = "failed"    // anything else
)

// An Answer is what came of a Hook.
type Answer struct {
	Outcome Outcome
	Results map[string]redact.Safe // all of the webhook's, if it answered; by name
	Why     string                 // it failed, in words for the journal; never what the system said
}

// A Question is a Hook as it leaves the call.
type Question struct {
	Webhook  *Webhook
	Key      string // of idempotency: the same for the same question
	Language string // of the call
	Fields   map[string]redact.Safe
}

const (
	defaultLongest = 120
	mostLongest    = 400
)

func (p *fileParser) results(e entry, hook string) []Result {
	if !e.given() {
		return nil
	}
	var out []Result
	for _, r := range p.entries(e.value, "the results of "+hook) {
		if !nameOK.MatchString(r.name) {
			p.complain(r.key, "a result cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", r.name)
		}
		p.unreserved(r, "a result")
		out = append(out, p.result(r, hook))
	}
	return out
}

func (p *fileParser) result(e entry, hook string) Result {
	what := "the result " + e.name + " of " + hook
	s := p.section(e, what, "type!", "path!", "longest", "currency", "values")
	out := Result{Name: e.name, Longest: p.count(s["longest"], "longest", 1, mostLongest, defaultLongest), currency: entity.Currencies()[0]}
	out.Type = ResultType(p.oneOf(s["type"], "the type of "+e.name, string(ResultText), string(ResultNumber), string(ResultAmount), string(ResultDate), string(ResultBoolean), string(ResultChoice)))
	if path := p.word(s["path"], "the path of "+e.name); path != "" {
		out.Path = strings.Split(path, ".")
		if slices.Contains(out.Path, "") || out.Path[0] == "$" || strings.ContainsAny(path, "[]") {
			p.complain(s["path"].value, "the path of %s cannot be %q; allowed: keys and indices with dots between them, such as order.lines.0.name", e.name, path)
		}
	}
	if s["currency"].given() {
		out.currency = p.oneOf(s["currency"], "the currency of "+e.name, entity.Currencies()...)
	}
	p.choices(s["values"], &out)
	for key, of := range map[string]ResultType{"longest": ResultText, "currency": ResultAmount, "values": ResultChoice} {
		if s[key].given() && out.Type != of && out.Type != "" {
			p.complain(s[key].key, "%s is of type %s, so it has no %q", what, out.Type, key)
		}
	}
	if out.Type == ResultChoice && !s["values"].given() {
		p.complain(e.key, "%s lacks %q: what may come, and how each is said", what, "values")
	}
	return out
}

// choices reads what a choice may be, and how each is said.
func (p *fileParser) choices(e entry, r *Result) {
	if !e.given() {
		return
	}
	r.words = map[string]Text{}
	for _, v := range p.entries(e.value, "the values of "+r.Name) {
		r.Choices = append(r.Choices, v.name)
		r.words[v.name] = p.text(v, "the words for "+v.name)
	}
}

// decides gives what an `if` may ask of a result.
func (r *Result) decides() []string {
	if r.Type == ResultBoolean {
		return []string{"true", "false"}
	}
	return r.Choices
}
