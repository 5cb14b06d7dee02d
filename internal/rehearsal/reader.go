package rehearsal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
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

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// mostNested bounds the recursion of the YAML library: no scenario needs more levels.
const mostNested = 16

// document gives the only document of a file.
func document(file string, data []byte) (ast.Node, error) {
	if line := tooDeep(data); line > 0 {
		return nil, fmt.Errorf("%s:%d: nested too deeply; a scenario needs no more than %d levels", file, line, mostNested)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
			return nil, fmt.Errorf("%s:%d: %s", file, at.GetToken().Position.Line, at.GetMessage())
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("%s:1: %s", file, first)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s:1: the file must hold one YAML document that is not empty", file)
	}
	return tree.Docs[0].Body, nil
}

// tooDeep gives the line at which brackets or indents are nested more deeply than any
// scenario needs, or 0.
func tooDeep(data []byte) int {
	line, depth, indent, blank := 1, 0, 0, true
	for _, c := range data {
		switch c {
		case '\n':
			line, indent, blank = line+1, 0, true
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if blank = blank && strings.IndexByte(" -?:\t", c) >= 0; blank {
			indent++
		}
		if depth > mostNested || indent > 8*mostNested {
			return line
		}
	}
	return 0
}

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
	r.complain(n, "unknown %s %q%s%s; allowed: %s", what, name, where, nearest(name, allowed), cmp.Or(strings.Join(allowed, ", "), "none"))
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

// nearest suggests an allowed word for a mistyped one.
func nearest(word string, allowed []string) string {
	best, at := "", min(3, len(word)) // of a short word, less may be wrong
	for _, a := range allowed {
		if d := distance(word, a); d < at {
			best, at = a, d
		}
	}
	if best == "" || word == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to change, add or drop, up to 32 letters.
func distance(a, b string) int {
	const longest = 32
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
