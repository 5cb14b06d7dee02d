// Package yamlfile is what the readers of our YAML files share: a document with the line of
// what is wrong with it, and the nearest name to one that is mistyped. It starts no
// goroutine, does no I/O and keeps nothing.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Document gives the only document of a file. It may be nested up to some levels, which
// bounds the recursion of the YAML library; what names what needs no more, for the error,
// such as "a scenario". An error begins with file:line.
func Document(file string, data []byte, levels int, what string) (ast.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some editors write before all else
	if line := tooDeep(data, levels); line > 0 {
		return nil, fmt.Errorf("%s:%d: nested too deeply; %s needs no more than %d levels", file, line, what, levels)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s:1: the file must hold one YAML document that is not empty", file)
	}
	return tree.Docs[0].Body, nil
}

// syntaxError puts the library's message into our form.
func syntaxError(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		return fmt.Errorf("%s:%d: %s", file, at.GetToken().Position.Line, at.GetMessage())
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s:1: %s", file, first)
}

// tooDeep gives the line at which brackets or indents are nested more deeply than levels,
// or 0. It counts brackets in texts too: rather a strange text refused than a stack
// exhausted.
func tooDeep(data []byte, levels int) int {
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
		if depth > levels || indent > 8*levels {
			return line
		}
	}
	return 0
}

// LineOf gives the line of a node, 1 if it does not know.
func LineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// Nearest suggests an allowed word for a mistyped one, as ` (did you mean "word"?)`; it is
// empty if none is near. Capitals make no difference.
func Nearest(word string, allowed []string) string {
	best, at := "", min(3, len(word)) // of a short word, less may be wrong
	for _, a := range allowed {
		if d := distance(strings.ToLower(word), strings.ToLower(a)); d < at {
			best, at = a, d
		}
	}
	if best == "" || word == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to change, add or drop, up to 64 letters: no name of ours
// has more.
func distance(a, b string) int {
	const longest = 64
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
