package queue

import (
	"regexp"
	"slices"
	"strings"
)

// A library is what scripts share. Redis makes every function of a script anew each time it
// runs, which for all of them costs more than what a script does; so link takes only
// what a script uses.
type library struct {
	units []unit         // each uses those before it only
	owner map[string]int // name -> the unit that defines it
	late  []string       // functions whose own helpers are made when they are called: those seldom are
}

// A unit is a statement of the library: a function, a value, or something that every
// script does first.
type unit struct {
	text     string
	names    []string // that it defines; none: it is done
	function bool
	uses     []string // words in it that may be names
}

// Statements begin at the left edge; what follows them there ends or continues them.
var (
	comment  = regexp.MustCompile(`--.*`)                            //nolint:gochecknoglobals // compiled once
	goesOn   = regexp.MustCompile(`^(\s|end\b|else|until\b|[})])`)   //nolint:gochecknoglobals // compiled once
	defined  = regexp.MustCompile(`^local (function )?([\w, ]*\w)`)  //nolint:gochecknoglobals // compiled once
	quoted   = regexp.MustCompile(`'[^']*'`)                         //nolint:gochecknoglobals // compiled once
	word     = regexp.MustCompile(`(?:^|[^.\w])([A-Za-z_]\w*)`)      //nolint:gochecknoglobals // compiled once
	params   = regexp.MustCompile(`function \w*\(([\w, ]+)`)         //nolint:gochecknoglobals // compiled once
	locals   = regexp.MustCompile(`\b(?:local|for) ([\w, ]+)`)       //nolint:gochecknoglobals // compiled once
	declared = regexp.MustCompile(`(?m)^local \w+\s*= KEYS\[(\d+)]`) //nolint:gochecknoglobals // compiled once
)

func newLibrary(text string, late ...string) library {
	l := library{owner: make(map[string]int), late: late}
	for line := range strings.Lines(comment.ReplaceAllString(text, "")) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			continue
		}
		if !goesOn.MatchString(line) {
			l.units = append(l.units, unit{})
		}
		l.units[len(l.units)-1].text += line + "\n"
	}
	for i := range l.units {
		u := &l.units[i]
		u.uses = words(u.text)
		if m := defined.FindStringSubmatch(u.text); m != nil {
			u.function, u.names = m[1] != "", strings.Split(m[2], ", ")
		}
		for _, name := range u.names {
			l.owner[name] = i
		}
	}
	return l
}

// words lists what may be names of the library in a text: strings, fields, and names of
// its own are left out, unless it calls them.
func words(text string) []string {
	text = quoted.ReplaceAllString(text, "''")
	own := make(map[string]bool)
	for _, m := range append(params.FindAllStringSubmatch(text, -1), locals.FindAllStringSubmatch(text, -1)...) {
		for name := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
			own[name] = true
		}
	}
	var out []string
	for _, m := range word.FindAllStringSubmatchIndex(text, -1) {
		name, calls := text[m[2]:m[3]], strings.HasPrefix(text[m[3]:], "(")
		if !own[name] || calls {
			out = append(out, name)
		}
	}
	return out
}

// link gives what a script needs of the library. All values are at the top, so each is
// there once whoever uses it.
func (l library) link(script string) string {
	seeds := words(script)
	for _, u := range l.units {
		if len(u.names) == 0 {
			seeds = append(seeds, u.uses...)
		}
	}
	for i := range l.needed(seeds, nil, true) {
		if u := l.units[i]; !u.function {
			seeds = append(seeds, u.names...)
		}
	}
	top := l.needed(seeds, nil, false)
	for i, u := range l.units {
		if len(u.names) == 0 {
			top[i] = true
		}
	}
	return l.write(top, nil)
}

// needed numbers the units that some names lead to, besides those known already. Helpers
// of late functions are among them if deep.
func (l library) needed(names []string, known map[int]bool, deep bool) map[int]bool {
	set := make(map[int]bool)
	for len(names) > 0 {
		i, ok := l.owner[names[0]]
		names = names[1:]
		if !ok || set[i] || known[i] {
			continue
		}
		set[i] = true
		if deep || !l.isLate(l.units[i]) {
			names = append(names, l.units[i].uses...)
		}
	}
	return set
}

func (l library) isLate(u unit) bool { return len(u.names) > 0 && slices.Contains(l.late, u.names[0]) }

// write gives the text of some units, in the order of the library, with the helpers of late
// functions inside them.
func (l library) write(set, around map[int]bool) string {
	seen := make(map[int]bool)
	for i := range around {
		seen[i] = true
	}
	var text strings.Builder
	for i, u := range l.units {
		if !set[i] {
			continue
		}
		seen[i] = true
		if !l.isLate(u) {
			text.WriteString(u.text)
			continue
		}
		head, body, _ := strings.Cut(u.text, "\n")
		text.WriteString(head + "\n" + l.write(l.needed(u.uses, seen, false), seen) + body)
	}
	return text.String()
}
