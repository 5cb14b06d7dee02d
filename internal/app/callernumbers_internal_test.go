package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/router/assistant"
)

func TestARuleForANumberThatNoTrunkWritesSoIsWarnedOf(t *testing.T) {
	text := strings.Replace(string(assistants.Energy), `["+33155500777", "+331555008*"]`, `["0155500777", "015550*", "100", "+33155500888"]`, 1)
	a, err := assistant.Parse("line.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &Config{
		Tenants: map[string]Tenant{"acme": {Numbers: map[string]Number{"line": {Assistant: "mine"}}}},
		Trunks: map[string]Trunk{
			"carrier": {Country: "33", Asserted: true},
			"plain":   {Asserted: true}, // writes numbers as it likes, and is believed
			"local":   {},               // is not believed, so no rule counts there
		},
	}
	want := []string{
		`line.yaml:60: handover rule first is for 0155500777, but trunk carrier (country 33) writes that as +33155500777; write it so`,
		`line.yaml:60: handover rule first is for 015550*, but trunk carrier (country 33) writes that as +3315550*; write it so`,
		`line.yaml:60: handover rule first is for +33155500888, and trunk plain has no country, so a caller whom it writes as 0… is not known; set trunks.plain.country, such as "33"`,
	}
	if got := unmatched(c, map[string]authored{"mine": {a, text}, "other": {a, text}}); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
