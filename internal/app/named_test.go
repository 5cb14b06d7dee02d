package app

import (
	"strings"
	"testing"
)

// refusedFor checks what an error says.
func refusedFor(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant …%s…", err, want)
	}
}

// replaced is a file with something else in it.
func replaced(t *testing.T, file, from, to string) string {
	t.Helper()
	if !strings.Contains(file, from) {
		t.Fatalf("the file has no %q", from)
	}
	return strings.Replace(file, from, to, 1)
}
