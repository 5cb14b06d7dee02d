package app

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A document is a YAML text checked against the shape of a type: every key is
// known and every value is where one belongs. Values stay text until all
// sources are merged; lines tells where each of them stands.
type document struct {
	file  string
	lines map[string]int // by path, as a.b[name].c
	depth int
}

const maxDepth = 20

// parseYAML reads data as a value of type t, whose place in Config is path.
func parseYAML(file string, data []byte, t reflect.Type, path string) (map[string]any, *document, error) {
	d := &document{file: file, lines: map[string]int{}}
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, nil, d.syntax(err)
	}
	body, err := d.single(f)
	if err != nil || body == nil {
		return nil, d, err
	}
	v, err := d.read(body, t, path)
	if err != nil {
		return nil, nil, err
	}
	m, _ := v.(map[string]any)
	return m, d, nil
}

// single gives the only document of the file; nil is an empty one.
func (d *document) single(f *ast.File) (ast.Node, error) {
	var body ast.Node
	for _, doc := range f.Docs {
		switch doc.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
			continue
		}
		if body != nil {
			return nil, d.fail(doc.Body, "a second document; one file holds one configuration")
		}
		body = doc.Body
	}
	return body, nil
}

func (d *document) syntax(err error) error {
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil && ye.GetToken().Position != nil {
		return fmt.Errorf("%s:%d: not YAML: %s", d.file, ye.GetToken().Position.Line, oneLine(ye.GetMessage()))
	}
	return fmt.Errorf("%s:1: not YAML: %s", d.file, oneLine(err.Error()))
}

func (d *document) fail(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, lineOf(n), oneLine(fmt.Sprintf(format, args...)))
}

// oneLine keeps a key with a line break in it from breaking a message.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return '\ufffd'
		}
		return r
	}, s)
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// read turns a node into maps, lists and texts of the shape of t.
func (d *document) read(n ast.Node, t reflect.Type, path string) (any, error) {
	d.lines[path] = lineOf(n)
	if d.depth++; d.depth > maxDepth {
		return nil, d.fail(n, "%s: nested too deeply", path)
	}
	defer func() { d.depth-- }()
	if _, null := n.(*ast.NullNode); null {
		return nil, nil
	}
	switch {
	case isText(t):
		return d.text(n, path)
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return d.mapping(n, t, path)
	case t.Kind() == reflect.Slice:
		return d.sequence(n, t, path)
	}
	return d.text(n, path)
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (d *document) mapping(n ast.Node, t reflect.Type, path string) (any, error) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, d.fail(n, "%s: a value stands where keys belong%s", name(path), allowed(t))
	}
	out := make(map[string]any, len(values))
	for _, kv := range values {
		if err := d.entry(kv, t, path, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *document) entry(kv *ast.MappingValueNode, t reflect.Type, path string, out map[string]any) error {
	key, err := d.key(kv.Key)
	if err != nil {
		return err
	}
	elem, sub, ok := member(t, path, key)
	if !ok {
		return d.fail(kv.Key, "unknown key %q in %s%s", key, name(path), allowed(t))
	}
	if _, twice := out[key]; twice {
		return d.fail(kv.Key, "key %q stands twice in %s", key, name(path))
	}
	v, err := d.read(kv.Value, elem, sub)
	if err != nil {
		return err
	}
	d.lines[sub] = lineOf(kv.Key)
	switch {
	case v != nil:
		out[key] = v
	case t.Kind() == reflect.Map && elem.Kind() == reflect.Struct:
		out[key] = map[string]any{} // "billing:" alone is a queue with nothing special
	}
	return nil
}

func (d *document) key(n ast.MapKeyNode) (string, error) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.MappingKeyNode, *ast.TagNode:
		return "", d.fail(n, "anchors, aliases, tags and merge keys are not read here; write the key out")
	}
	return scalar(n), nil
}

// member finds what a key means in t: the type of its value and its path.
func member(t reflect.Type, path, key string) (reflect.Type, string, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), path + "[" + key + "]", key != ""
	}
	for f := range t.Fields() {
		if f.Tag.Get("koanf") == key {
			return f.Type, join(path, key), true
		}
	}
	return nil, "", false
}

func allowed(t reflect.Type) string {
	if t.Kind() != reflect.Struct {
		return ""
	}
	keys := map[string]bool{}
	for f := range t.Fields() {
		keys[f.Tag.Get("koanf")] = true
	}
	return "; allowed: " + strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
}

func (d *document) sequence(n ast.Node, t reflect.Type, path string) (any, error) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok { // one value is a list of one
		v, err := d.text(n, path)
		return []any{v}, err
	}
	out := make([]any, 0, len(seq.Values))
	for i, e := range seq.Values {
		v, err := d.read(e, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		if v == nil {
			return nil, d.fail(e, "%s: an empty entry", name(path))
		}
		out = append(out, v)
	}
	return out, nil
}

func (d *document) text(n ast.Node, path string) (any, error) {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return scalar(n), nil
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return nil, d.fail(n, "%s: anchors, aliases and tags are not read here; write the value out", name(path))
	}
	return nil, d.fail(n, "%s: keys or a list stand where one value belongs; if it is one value, put it in quotes", name(path))
}

func scalar(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	}
	return n.GetToken().Value
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func name(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
