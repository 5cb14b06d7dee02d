// Package ssml checks a small part of the Speech Synthesis Markup Language (W3C SSML
// 1.1) before it is sent to an engine, and gives its plain text for engines that speak
// no other: speak, p, s, lang, break, prosody, say-as, sub and mark. It is pure.
package ssml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Limits of a document.
const (
	MaxBytes = 16 << 10
	MaxDepth = 16
)

// namespace is the default one of SSML (SSML 1.1 section 2).
const namespace = "http://www.w3.org/2001/10/synthesis"

// A Document is SSML that was checked. The zero Document is empty.
type Document struct {
	text  string
	plain string
	marks []string
}

// String gives the document as it was written.
func (d Document) String() string { return d.text }

// Plain gives what is to be said, without markup: the alias of a sub, and characters and
// digits one by one where say-as wants them so.
func (d Document) Plain() string { return d.plain }

// Marks gives the names of the marks, in order.
func (d Document) Marks() []string { return slices.Clone(d.marks) }

// An Error says what of a document is wrong, and where.
type Error struct {
	Line, Column int    // of the element, or of what stands in its place; from 1
	Element      string // empty: none
	Attribute    string // empty: the element as a whole
	What         string
}

// Error gives place, element, attribute and fault.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ssml: line %d, column %d: ", e.Line, e.Column)
	if e.Element != "" {
		fmt.Fprintf(&b, "<%s>: ", e.Element)
	}
	if e.Attribute != "" {
		fmt.Fprintf(&b, "%s: ", e.Attribute)
	}
	return b.String() + e.What
}

// Parse checks a document. The error is an *Error.
func Parse(text string) (Document, error) {
	if len(text) > MaxBytes {
		return Document{}, &Error{Line: 1, Column: 1, What: fmt.Sprintf("%d bytes; at most %d are allowed", len(text), MaxBytes)}
	}
	p := &parser{in: xml.NewDecoder(strings.NewReader(text)), rules: rules()}
	for {
		more, err := p.token()
		if err != nil {
			return Document{}, err
		}
		if !more {
			break
		}
	}
	if !p.rooted {
		return Document{}, p.fail("", "", "no <speak>")
	}
	return Document{text: text, plain: tidy(p.plain.String()), marks: p.marks}, nil
}

// open is an element whose end has not come yet.
type open struct {
	name  string
	apart bool // its characters are said one by one
	mute  bool // something else is said in its place
}

type parser struct {
	in           *xml.Decoder
	rules        map[string]rule
	line, column int // of the token in hand
	stack        []open
	rooted       bool
	plain        strings.Builder
	marks        []string
}

func (p *parser) fail(element, attribute, format string, args ...any) error {
	return &Error{Line: p.line, Column: p.column, Element: element, Attribute: attribute, What: fmt.Sprintf(format, args...)}
}

// token takes the next; more: it was not the end.
func (p *parser) token() (more bool, err error) {
	p.line, p.column = p.in.InputPos()
	tok, err := p.in.Token()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, p.syntax(err)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		return true, p.begin(t)
	case xml.EndElement:
		p.end()
	case xml.CharData:
		return true, p.words(string(t))
	case xml.Directive:
		return false, p.fail("", "", "a directive, such as DOCTYPE, is not allowed")
	case xml.ProcInst:
		if t.Target != "xml" || p.rooted {
			return false, p.fail("", "", "a processing instruction is not allowed")
		}
	case xml.Comment:
	}
	return true, nil
}

func (p *parser) syntax(err error) error {
	what := err.Error()
	if bad, ok := errors.AsType[*xml.SyntaxError](err); ok {
		what = bad.Msg
	}
	return p.fail(p.top().name, "", "not XML: %s", strings.ToValidUTF8(what, "?"))
}

func (p *parser) top() open {
	if len(p.stack) == 0 {
		return open{}
	}
	return p.stack[len(p.stack)-1]
}

// begin checks an element: where it stands, and its attributes.
func (p *parser) begin(e xml.StartElement) error {
	name, in := e.Name.Local, p.top().name
	rule, known := p.rules[name]
	switch {
	case !known || e.Name.Space != "" && e.Name.Space != namespace:
		return p.fail(name, "", "not allowed; allowed: %s", strings.Join(elements(), ", "))
	case in == "" && p.rooted:
		return p.fail(name, "", "a second root")
	case in == "" && name != "speak":
		return p.fail(name, "", "stands where <speak> must")
	case in != "" && !slices.Contains(p.rules[in].holds, name):
		return p.fail(name, "", "not allowed in <%s>", in)
	case len(p.stack) >= MaxDepth:
		return p.fail(name, "", "nested too deeply; at most %d elements are", MaxDepth)
	}
	given, err := p.attributes(e, rule)
	if err != nil {
		return err
	}
	p.rooted = true
	next := open{name: name, apart: p.top().apart, mute: p.top().mute}
	switch name {
	case "break", "p", "s":
		p.plain.WriteString(separator(name))
	case "sub":
		p.say(given["alias"])
		next.mute = true
	case "say-as":
		next.apart = given["interpret-as"] == "digits" || given["interpret-as"] == "characters"
	case "mark":
		p.marks = append(p.marks, given["name"])
	}
	p.stack = append(p.stack, next)
	return nil
}

func (p *parser) attributes(e xml.StartElement, r rule) (map[string]string, error) {
	name, given := e.Name.Local, map[string]string{}
	for _, a := range e.Attr {
		key := attribute(a.Name)
		check, known := r.attributes[key]
		switch _, twice := given[key]; {
		case !known:
			return nil, p.fail(name, key, "not allowed")
		case twice:
			return nil, p.fail(name, key, "stands twice")
		}
		if what := check(a.Value); what != "" {
			return nil, p.fail(name, key, "%q is not allowed; %s", a.Value, what)
		}
		given[key] = a.Value
	}
	for _, key := range r.needs {
		if _, ok := given[key]; !ok {
			return nil, p.fail(name, key, "missing")
		}
	}
	if r.some && len(given) == 0 {
		return nil, p.fail(name, "", "without an attribute it says nothing")
	}
	return given, nil
}

// attribute writes a name as people do.
func attribute(n xml.Name) string {
	switch n.Space {
	case "":
		return n.Local
	case "http://www.w3.org/XML/1998/namespace":
		return "xml:" + n.Local
	}
	return n.Space + ":" + n.Local
}

func (p *parser) end() {
	name := p.top().name
	p.stack = p.stack[:len(p.stack)-1]
	p.plain.WriteString(separator(name))
}

// separator keeps apart what markup does.
func separator(element string) string {
	switch element {
	case "p", "s":
		return "\n\n"
	case "break":
		return " "
	}
	return ""
}

// words takes text.
func (p *parser) words(text string) error {
	in := p.top()
	blank := strings.TrimSpace(text) == ""
	switch {
	case blank && in.name == "":
	case in.name == "":
		return p.fail("", "", "text outside of <speak>")
	case !blank && !p.rules[in.name].words:
		return p.fail(in.name, "", "must be empty")
	case !in.mute:
		p.say(text)
	}
	return nil
}

func (p *parser) say(text string) {
	if !p.top().apart {
		// A line break in the source is white space, not the end of a paragraph.
		p.plain.WriteString(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' {
				return ' '
			}
			return r
		}, text))
		return
	}
	for _, r := range text {
		if !unicode.IsSpace(r) {
			p.plain.WriteString(" " + string(r) + " ")
		}
	}
}

// tidy leaves one space between words, and one empty line between paragraphs and
// sentences.
func tidy(text string) string {
	var out []string
	for part := range strings.SplitSeq(text, "\n\n") {
		words := strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\n' })
		if len(words) > 0 {
			out = append(out, strings.Join(words, " "))
		}
	}
	return strings.Join(out, "\n\n")
}

// A rule is what an element may hold.
type rule struct {
	words      bool // text
	holds      []string
	attributes map[string]check
	needs      []string
	some       bool // one attribute at least
}

// A check says what is allowed, if a value is not.
type check func(value string) (allowed string)

func elements() []string {
	return []string{"speak", "p", "s", "lang", "break", "prosody", "say-as", "sub", "mark"}
}

// rules are those of SSML 1.1 section 3, and no more than engines agree on.
func rules() map[string]rule {
	inline := []string{"break", "prosody", "say-as", "sub", "mark", "lang"}
	lang := map[string]check{"xml:lang": isLanguage}
	return map[string]rule{
		"speak": {words: true, holds: append([]string{"p", "s"}, inline...), attributes: map[string]check{
			"version": oneOf("1.0", "1.1"), "xmlns": oneOf(namespace), "xml:lang": isLanguage,
		}},
		"p":     {words: true, holds: append([]string{"s"}, inline...), attributes: lang},
		"s":     {words: true, holds: inline, attributes: lang},
		"lang":  {words: true, holds: inline, attributes: lang, needs: []string{"xml:lang"}},
		"break": {attributes: map[string]check{"time": isTime, "strength": oneOf("none", "x-weak", "weak", "medium", "strong", "x-strong")}},
		"prosody": {words: true, holds: append([]string{"p", "s"}, inline...), some: true, attributes: map[string]check{
			"rate": isRate, "pitch": isPitch, "volume": isVolume,
		}},
		"say-as": {words: true, needs: []string{"interpret-as"}, attributes: map[string]check{
			"interpret-as": oneOf("digits", "characters", "date", "cardinal", "telephone"),
			"format":       oneOf("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"),
		}},
		"sub":  {words: true, needs: []string{"alias"}, attributes: map[string]check{"alias": isShort}},
		"mark": {needs: []string{"name"}, attributes: map[string]check{"name": isShort}},
	}
}

func oneOf(values ...string) check {
	return func(v string) string {
		if slices.Contains(values, v) {
			return ""
		}
		return "allowed: " + strings.Join(values, ", ")
	}
}

func isLanguage(v string) string {
	for i, part := range strings.Split(v, "-") {
		letters := strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		if part == "" || len(part) > 8 || i == 0 && (!letters || len(part) > 3 || len(part) < 2) || strings.ContainsFunc(part, func(r rune) bool { return r > '~' || !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return "write a language such as fr or fr-CA"
		}
	}
	return ""
}

// isShort keeps names and aliases to what a line can hold.
func isShort(v string) string {
	if strings.TrimSpace(v) == "" || len(v) > 256 {
		return "write 1 to 256 characters"
	}
	return ""
}

// number gives the value before a unit. Signs, exponents and names of numbers are none.
func number(v, unit string) (n float64, ok bool) {
	digits, ok := strings.CutSuffix(v, unit)
	if !ok || digits == "" || len(digits) > 8 || strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(digits, 64)
	return n, err == nil
}

func isTime(v string) string {
	ms, ok := number(v, "ms")
	if !ok {
		var s float64
		s, ok = number(v, "s")
		ms = 1000 * s
	}
	if !ok || ms > 10000 {
		return "write a time of up to 10s, such as 500ms"
	}
	return ""
}

func isRate(v string) string {
	n, ok := number(v, "%")
	if ok && n >= 20 && n <= 400 || slices.Contains([]string{"x-slow", "slow", "medium", "fast", "x-fast", "default"}, v) {
		return ""
	}
	return "allowed: x-slow, slow, medium, fast, x-fast, default, 20% to 400%"
}

func isPitch(v string) string {
	size := strings.TrimLeft(v, "+-")
	signed := len(v)-len(size) == 1
	percent, isPercent := number(size, "%")
	tones, isTones := number(size, "st")
	if signed && (isPercent && percent <= 100 || isTones && tones <= 24) || slices.Contains([]string{"x-low", "low", "medium", "high", "x-high", "default"}, v) {
		return ""
	}
	return "allowed: x-low, low, medium, high, x-high, default, and a change such as +10% or -2st"
}

func isVolume(v string) string {
	size := strings.TrimLeft(v, "+-")
	n, ok := number(size, "dB")
	if ok && len(v)-len(size) == 1 && n <= 40 || slices.Contains([]string{"silent", "x-soft", "soft", "medium", "loud", "x-loud", "default"}, v) {
		return ""
	}
	return "allowed: silent, x-soft, soft, medium, loud, x-loud, default, and a change such as -6dB"
}
