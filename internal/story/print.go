package story

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Style says what a story is printed on.
type Style struct {
	Width   int // in columns; 0: lines are not broken
	Colours bool
}

// narrow is the width below which the columns are given up.
const narrow = 60

// How wide the column is that says what a line is about, and how far what is below
// another is indented.
const (
	labelWide = 11
	indented  = 2
)

// Print writes a story for people.
func Print(w io.Writer, s Story, style Style) error {
	p := &printer{style: style}
	for _, f := range s.Facts {
		p.fact(f)
	}
	for _, t := range s.Turns {
		p.turn(t)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct {
	style Style
	b     strings.Builder
	last  string // time that was printed
}

func (p *printer) narrow() bool { return p.style.Width > 0 && p.style.Width < narrow }

func (p *printer) fact(l Line) {
	if p.narrow() {
		p.text(l.What+": ", indented, l.Text, plain)
		return
	}
	label := pad(l.What, labelWide) + "  "
	p.text(label, utf8.RuneCountInString(label), l.Text, plain)
}

// turn prints the lines of a turn, the number before the first, and each time once.
func (p *printer) turn(t Retold) {
	p.b.WriteString("\n")
	for i, l := range t.Lines {
		number := "  "
		if i == 0 {
			number = fmt.Sprintf("%2d", t.N)
		}
		at := fmt.Sprintf("%.1f s", float64(l.At))
		if p.narrow() {
			p.narrowLine(number, at, l, i == 0)
			continue
		}
		shown := at
		if at == p.last && i > 0 {
			shown = ""
		}
		p.last = at
		head := fmt.Sprintf("%s  %9s  %s  ", number, shown, pad(l.What, labelWide))
		p.text(head, utf8.RuneCountInString(head), l.Text, l.tone)
	}
}

func (p *printer) narrowLine(number, at string, l Line, first bool) {
	if first {
		fmt.Fprintf(&p.b, "%s\n", p.paint(dim, strings.TrimSpace(number)+" · "+at))
	}
	head := "  " + l.What + ": "
	p.text(head, 2*indented, l.Text, l.tone)
}

// text prints a head and a text, broken where the width says so; further lines are
// indented.
func (p *printer) text(head string, indent int, text string, t tone) {
	p.b.WriteString(p.paint(dim, head))
	for i, line := range wrap(text, p.style.Width, utf8.RuneCountInString(head), indent) {
		if i > 0 {
			p.b.WriteString("\n" + strings.Repeat(" ", indent))
		}
		p.b.WriteString(p.paint(t, line))
	}
	p.b.WriteString("\n")
}

// wrap breaks text between words: the first line begins at a column, the others at
// another. A word that is too long is broken.
func wrap(text string, width, first, others int) []string {
	if width <= 0 {
		return []string{text}
	}
	room := max(width-first, 8)
	var lines []string
	line, used := "", 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }) {
		for {
			n := utf8.RuneCountInString(word)
			switch {
			case used == 0 && n <= room:
				line, used = word, n
			case used > 0 && used+1+n <= room:
				line, used = line+" "+word, used+1+n
			case used > 0:
				lines = append(lines, line)
				line, used, room = "", 0, max(width-others, 8)
				continue
			default:
				cut := len(string([]rune(word)[:room]))
				lines = append(lines, word[:cut])
				word, room = word[cut:], max(width-others, 8)
				continue
			}
			break
		}
	}
	return append(lines, line)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// paint colours a text (ECMA-48 section 8.3.117).
func (p *printer) paint(t tone, s string) string {
	code := map[tone]string{dim: "2", strong: "1", caller: "32", bot: "36", human: "33", alarm: "31"}[t]
	if !p.style.Colours || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
