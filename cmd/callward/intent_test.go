package main

import (
	"strings"
	"testing"
)

func TestWhatIntentEvalCannotMeasureIsRefused(t *testing.T) {
	for flags, want := range map[string]string{
		"--lang de":      `--lang "de" is not known; allowed: en, fr`,
		"--threshold 2":  "--threshold 2: allowed: 0 to 1",
		"--threshold -1": "--threshold -1: allowed: 0 to 1",
		"--hold-back 1":  "--hold-back 1: allowed: 2 and more",
	} {
		args := append([]string{"intent", "eval", "--train", "none.csv"}, strings.Fields(flags)...)
		if !strings.Contains(flags, "hold-back") {
			args = append(args, "--test", "none.csv")
		}
		if _, err := execute(t, args...); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", flags, err, want)
		}
	}
}
