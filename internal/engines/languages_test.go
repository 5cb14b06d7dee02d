package engines_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/internal/engines"
)

func TestWhatIsNoLanguageIsNotShown(t *testing.T) {
	claimed := []string{"en", "fr-CA", "", "en", "\x1b[31m", "de\nlevel=ERROR", strings.Repeat("x", 36), "zh-Hant-TW", "été"}
	if got, want := engines.Languages(claimed), []string{"en", "fr-CA", "zh-Hant-TW"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprint("l", i))
	}
	if got := engines.Languages(many); len(got) > 256 {
		t.Errorf("%d are kept", len(got))
	}
}
