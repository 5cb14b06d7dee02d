package conformance_test

import (
	"slices"
	"testing"

	"github.com/callward/callward/internal/conformance"
	"github.com/callward/callward/internal/fake"
)

func TestAHealthyTokeniserConforms(t *testing.T) {
	r := examine(t, fake.NewPayment(), conformance.Options{})
	for _, x := range r.Results {
		if x.State != conformance.Passed {
			t.Errorf("%s", x.Line())
		}
	}
	t.Logf("%s", r.Summary())
}

func TestEveryCheckOfATokeniserCanFail(t *testing.T) {
	kinds := fake.Kinds(fake.Payment)
	for _, c := range conformance.Checks(conformance.Payment) {
		if !slices.ContainsFunc(kinds, func(k fake.Kind) bool { return k.Breaks == c.ID }) {
			t.Errorf("no fault fails %s", c.ID)
		}
	}
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			r := examine(t, fake.NewPayment(fake.Fault{Name: k.Name}), conformance.Options{Only: []string{k.Breaks}})
			if x := r.Results[0]; x.State != conformance.Failed {
				t.Errorf("%s does not fail it: %s", k.Name, x.Line())
			} else {
				t.Logf("%s", x.Why)
			}
		})
	}
}
