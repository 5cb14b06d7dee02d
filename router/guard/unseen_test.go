package guard_test

import (
	"os"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/guard"
)

// TestAttacksInOtherWords measures what the rules recognise that were not made for it.
// What they do not gets the texts of the file, as every caller does.
func TestAttacksInOtherWords(t *testing.T) {
	data, err := os.ReadFile("testdata/unseen.txt")
	if err != nil {
		t.Fatal(err)
	}
	rails, caught, all := guard.New("Lumenco"), 0, 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		all++
		if len(rails.Judge(redact.Authored(line))) > 0 {
			caught++
		} else {
			t.Logf("not recognised: %s", line)
		}
	}
	t.Logf("%d of %d recognised", caught, all)
	if caught*100 < all*45 {
		t.Errorf("%d of %d recognised only", caught, all)
	}
}
