package queue

import (
	"fmt"
	"strconv"
	"strings"
)

// maxLevel is the highest level of a skill, and the highest penalty.
const maxLevel = 9

// SplitLevel takes gas=3 apart. least is what stands for no number: 1 for the level of
// a skill, 0 for the penalty of an agent in a queue.
func SplitLevel(s string, least int) (name string, n int, err error) {
	name, digits, written := strings.Cut(s, "=")
	n = least
	if written {
		n, err = strconv.Atoi(digits)
	}
	if err != nil || n < least || n > maxLevel {
		return name, 0, fmt.Errorf("%q: need a whole number from %d to %d after =", s, least, maxLevel)
	}
	return name, n, nil
}

func checkLevels(what string, names []string, least int) error {
	for _, s := range names {
		name, _, err := SplitLevel(s, least)
		if err == nil {
			err = checkName(what, name)
		}
		if err != nil {
			return fmt.Errorf("%s %w", what, err)
		}
	}
	return nil
}

// list writes names as scripts look for them, " gas=3 fr=1 "; nil as "=".
func list(names []string, least int) string {
	if names == nil {
		return "="
	}
	var b strings.Builder
	for _, s := range names {
		name, n, _ := SplitLevel(s, least) // checked before
		fmt.Fprintf(&b, " %s=%d", name, n)
	}
	return b.String() + " "
}

// unlist reads what list wrote, without the numbers that go without saying.
func unlist(text string, least int) []string {
	names := strings.Fields(text)
	for i, s := range names {
		names[i] = strings.TrimSuffix(s, "="+strconv.Itoa(least))
	}
	return names
}
