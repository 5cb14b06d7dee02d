package stir

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func TestVerstatIsReadAsTheTrunkMeansIt(t *testing.T) {
	for text, want := range map[string]Result{
		"TN-Validation-Passed-A":   {Trust: A},
		"TN-Validation-Passed-B":   {Trust: B},
		"TN-Validation-Passed-C":   {Trust: C},
		"tn-validation-passed-a":   {Trust: A},
		" TN-Validation-Passed-A ": {Trust: A},
		"TN-Validation-Passed":     {Trust: C},
		"TN-Validation-Failed":     {Trust: Failed, Reason: ReasonTrunk},
		"TN-Validation-Failed-A":   {Trust: Failed, Reason: ReasonTrunk},
		"No-TN-Validation":         {Reason: ReasonNoIdentity},
		"":                         {Reason: ReasonNoIdentity},
		"TN-Validation-Passed-D":   {Reason: ReasonVerstat},
		"TN-Validation-Passed-AA":  {Reason: ReasonVerstat},
		"A":                        {Reason: ReasonVerstat},
	} {
		got := FromVerstat(text)
		if got.Trust != want.Trust || got.Reason != want.Reason {
			t.Errorf("%q gives %v (%s), want %v (%s)", text, got.Trust, got.Reason, want.Trust, want.Reason)
		}
	}
}

func TestReasonsHaveTheCodesOfRFC8224(t *testing.T) {
	codes := map[int][]Reason{
		0:   {"", ReasonNoIdentity, ReasonNoAttestation, ReasonExtension, ReasonTrunk, ReasonVerstat},
		403: {ReasonStale, ReasonStaleDate},
		436: {ReasonAddress, ReasonHost, ReasonUnreachable},
		437: {
			ReasonAlgorithm, ReasonCertificate, ReasonKey, ReasonExpired, ReasonUntrusted, ReasonConstrained,
			ReasonScope,
		},
		438: {
			ReasonTooMany, ReasonTooLarge, ReasonMalformed, ReasonCompact, ReasonHeader, ReasonInfo, ReasonClaims,
			ReasonCaller, ReasonCalled, ReasonSignature,
		},
	}
	seen := map[Reason]bool{}
	for code, reasons := range codes {
		for _, r := range reasons {
			seen[r] = true
			if r.Code() != code {
				t.Errorf("%q is answered with %d, want %d", r, r.Code(), code)
			}
		}
	}
	for _, r := range declared(t) {
		if !seen[r] {
			t.Errorf("%q has no place in this table", r)
		}
		if strings.Trim(string(r), "abcdefghijklmnopqrstuvwxyz0123456789 ") != "" {
			t.Errorf("%q is more than lower-case words", r)
		}
	}
}

// declared gives every reason there is in result.go.
func declared(t *testing.T) (all []Reason) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "result.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Reason(text))
		return true
	})
	if len(all) < 20 {
		t.Fatalf("only %d reasons were found", len(all))
	}
	return all
}

func TestTrustGrowsWithWhatIsProven(t *testing.T) {
	var names []string
	for trust := None; trust <= A; trust++ {
		names = append(names, trust.String())
		if trust.Proven() != (trust >= C) {
			t.Errorf("%v is taken for the wrong thing", trust)
		}
	}
	if got := strings.Join(names, " < "); got != "none < failed < C < B < A" {
		t.Error(got)
	}
}
