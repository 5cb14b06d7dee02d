package rehearsal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/internal/yamlfile"
)

// A reader walks a YAML tree and keeps every complaint with its line, so that an author
// sees all of them at once.
type reader struct {
	file       string
	complaints []complaint
}

type complaint struct {
	line int
	text string
}

// An entry is a key of a mapping with its value. The zero entry is a key that is not
// there; reading from it gives zero values and no complaint.
type entry struct {
	name  string
	key   ast.Node
	value ast.Node
}

func (e entry) given() bool { return e.value != nil }

func (e entry) line() int { return lineOf(cmp.Or(e.key, e.value)) }

func lineOf(n ast.Node) int { return yamlfile.LineOf(n) }

// mostNested is more levels than any scenario needs.
const mostNested = 16

func (r *reader) complain(n ast.Node, format string, args ...any) {
	r.complaints = append(r.complaints, complaint{lineOf(n), fmt.Sprintf(format, args...)})
}

// err joins the complaints in the order of the file.
func (r *reader) err() error {
	slices.SortStableFunc(r.complaints, func(x, y complaint) int { return cmp.Compare(x.line, y.line) })
	var errs []error
	for _, c := range r.complaints {
		errs = append(errs, fmt.Errorf("%s:%d: %s", r.file, c.line, c.text))
	}
	return errors.Join(errs...)
}

// entries reads a mapping with any keys.
func (r *reader) entries(n ast.Node, what string) []entry {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.complain(n, "%s must be a mapping of keys to values", what)
		return nil
	}
	var out []entry
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge || v.Key.GetToken() == nil {
			r.complain(v, "%s: merge keys are not allowed here", what)
			continue
		}
		e := entry{v.Key.GetToken().Value, v.Key, v.Value}
		if slices.ContainsFunc(out, func(o entry) bool { return o.name == e.name }) {
			r.complain(v.Key, "key %q stands twice in %s", e.name, what)
			continue
		}
		out = append(out, e)
	}
	return out
}

// section reads a mapping whose keys are known. A key with "!" must be there.
func (r *reader) section(e entry, what string, keys ...string) map[string]entry {
	if !e.given() {
		return nil
	}
	allowed := make([]string, len(keys))
	for i, k := range keys {
		allowed[i] = strings.TrimSuffix(k, "!")
	}
	out := map[string]entry{}
	for _, got := range r.entries(e.value, what) {
		if r.among(got.key, "key", got.name, " in "+what, allowed) {
			out[got.name] = got
		}
	}
	for i, k := range keys {
		if k != allowed[i] && !out[allowed[i]].given() {
			r.complain(cmp.Or(e.key, e.value), "%s lacks %q", what, allowed[i])
		}
	}
	return out
}

// among complains of a name that is not known.
func (r *reader) among(n ast.Node, what, name, where string, allowed []string) bool {
	if slices.Contains(allowed, name) {
		return true
	}
	r.complain(n, "unknown %s %q%s%s; allowed: %s", what, name, where, yamlfile.Nearest(name, allowed), cmp.Or(strings.Join(allowed, ", "), "none"))
	return false
}

// scalar reads a text.
func (r *reader) scalar(e entry, what string) string {
	switch n := e.value.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return n.GetToken().Value
	}
	r.complain(e.value, "%s must be a text; if it is one, put it in quotes", what)
	return ""
}

// word reads a text that must not be empty.
func (r *reader) word(e entry, what string) string {
	s := r.scalar(e, what)
	if _, none := e.value.(*ast.NullNode); e.given() && (s == "" || none) {
		r.complain(e.value, "%s is empty", what)
		return ""
	}
	return s
}

// name reads one of the names that are known.
func (r *reader) name(e entry, what string, allowed ...string) string {
	s := r.scalar(e, what)
	if !e.given() || !r.among(e.value, what, s, "", allowed) {
		return ""
	}
	return s
}

// words reads a text, or a list of them.
func (r *reader) words(e entry, what string) []string {
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		if s := r.word(e, what); s != "" {
			return []string{s}
		}
		return nil
	}
	out := []string{}
	for _, v := range seq.Values {
		if s := r.word(entry{value: v}, "an item of "+what); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// flag reads true or false; nil: it is not there.
func (r *reader) flag(e entry, what string) *bool {
	if !e.given() {
		return nil
	}
	b, ok := e.value.(*ast.BoolNode)
	if !ok {
		r.complain(e.value, "%s must be true or false", what)
		return nil
	}
	return &b.Value
}

// day reads a date, with or without the time of day.
func (r *reader) day(e entry, what string, otherwise time.Time) time.Time {
	s := r.scalar(e, what)
	if !e.given() {
		return otherwise
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	r.complain(e.value, "%s must be a day, such as 2026-01-05, or with a time, \"2026-01-05 10:30\"", what)
	return otherwise
}
