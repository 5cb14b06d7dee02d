package app

import (
	"fmt"
	"strings"
)

// unknown says that a value is none of those allowed, and which it may be meant to be.
func unknown(value string, allowed []string) string {
	return fmt.Sprintf("%q is not known; allowed: %s%s", value, orNobody(allowed), nearest(value, allowed))
}

func orNobody(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// nearest suggests an allowed word for a mistyped one.
func nearest(word string, allowed []string) string {
	best, at := "", min(3, len(word)) // of a short word, less may be wrong
	for _, a := range allowed {
		if d := distance(word, a); d < at {
			best, at = a, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to change, add or drop. Names have 64 at most.
func distance(a, b string) int {
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
