package sip_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryTestOfTheConformanceTableExists(t *testing.T) {
	table, err := os.ReadFile("../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, f := range testFiles(t, ".", "../call", "../media", "../media/jitter", "../media/dtmf", "../media/stun", "../internal/app", "../internal/e2e") {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(table), -1)
	for _, name := range names {
		if !strings.Contains(code.String(), "func "+name[1]+"(t *testing.T)") {
			t.Errorf("docs/conformance.md names %s, which is not there", name[1])
		}
	}
	if len(names) < 30 {
		t.Errorf("the table names %d tests", len(names))
	}
}

func testFiles(t *testing.T, folders ...string) []string {
	t.Helper()
	var all []string
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	return all
}
