package assistant

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/internal/yamlfile"
)

// A reader walks a YAML tree and keeps every complaint with its line, so that
// an author sees all of them at once.
type reader struct {
	file       string
	complaints []complaint
}

type complaint struct {
	line int
	text string
}

// An entry is a key of a mapping with its value. The zero entry is a key that
// is not there; reading from it gives zero values and no complaint.
type entry struct {
	name  string
	key   ast.Node
	value ast.Node
}

func (e entry) given() bool { return e.value != nil }

func lineOf(n ast.Node) int { return yamlfile.LineOf(n) }

func (r *reader) at(n ast.Node) string { return fmt.Sprintf("%s:%d", r.file, lineOf(n)) }

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
		if !slices.Contains(allowed, got.name) {
			r.complain(got.key, "unknown key %q in %s%s; allowed: %s", got.name, what, nearest(got.name, allowed), strings.Join(allowed, ", "))
			continue
		}
		out[got.name] = got
	}
	for i, k := range keys {
		if k != allowed[i] && !out[allowed[i]].given() {
			r.complain(cmp.Or(e.key, e.value), "%s lacks %q", what, allowed[i])
		}
	}
	return out
}

// scalar reads a text without line breaks at its ends.
func (r *reader) scalar(e entry, what string) string {
	switch n := e.value.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	r.complain(e.value, "%s must be a text", what)
	return ""
}

// word reads a text that must not be empty.
func (r *reader) word(e entry, what string) string {
	s := r.scalar(e, what)
	if e.given() && s == "" {
		r.complain(e.value, "%s is empty", what)
	}
	return s
}

// oneOf reads one of a few words.
func (r *reader) oneOf(e entry, what string, allowed ...string) string {
	s := r.scalar(e, what)
	if e.given() && !slices.Contains(allowed, s) {
		r.complain(e.value, "%s cannot be %q%s; allowed: %s", what, s, nearest(s, allowed), strings.Join(allowed, ", "))
		return ""
	}
	return s
}

// list reads a list of texts that are not empty.
func (r *reader) list(e entry, what string) []string {
	if !e.given() {
		return nil
	}
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		r.complain(e.value, "%s must be a list", what)
		return nil
	}
	var out []string
	for _, v := range seq.Values {
		if s := r.word(entry{value: v}, "an item of "+what); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// count reads a whole number within limits.
func (r *reader) count(e entry, what string, least, most, otherwise int) int {
	if !e.given() {
		return otherwise
	}
	n, err := strconv.Atoi(r.scalar(e, what))
	if err != nil || n < least || n > most {
		r.complain(e.value, "%s must be a whole number from %d to %d", what, least, most)
		return otherwise
	}
	return n
}

// share reads a number between 0 and 1.
func (r *reader) share(e entry, what string, otherwise float64) float64 {
	if !e.given() {
		return otherwise
	}
	f, err := strconv.ParseFloat(r.scalar(e, what), 64)
	if err != nil || !(f > 0 && f < 1) {
		r.complain(e.value, "%s must be a number above 0 and below 1", what)
		return otherwise
	}
	return f
}

// duration reads "6s" within limits.
func (r *reader) duration(e entry, what string, least, most, otherwise time.Duration) time.Duration {
	if !e.given() {
		return otherwise
	}
	d, err := time.ParseDuration(r.scalar(e, what))
	if err != nil || d < least || d > most {
		r.complain(e.value, "%s must be a duration from %s to %s, such as %s", what, least, most, otherwise)
		return otherwise
	}
	return d
}

// nearest suggests an allowed word for a mistyped one.
func nearest(word string, allowed []string) string { return yamlfile.Nearest(word, allowed) }
