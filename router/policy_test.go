package router_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/router"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func exampleLine(tb testing.TB) *assistant.Assistant {
	tb.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestPlacePicksAQueueAndSaysWhy(t *testing.T) {
	p, err := router.NewPolicy(exampleLine(t), []string{"billing", "technical", "emergency"})
	if err != nil {
		t.Fatal(err)
	}
	sure := func(name string) assistant.Place {
		return assistant.Place{Intent: intent.Result{Name: name, Confidence: 0.9}}
	}
	for name, c := range map[string]struct {
		want   assistant.Place
		queue  router.Queue
		reason router.Reason
	}{
		"named":            {assistant.Place{Queue: "technical", Priority: 5}, router.Queue{Name: "technical", Priority: 5}, router.ReasonAsked},
		"named but gone":   {assistant.Place{Queue: "sales", Priority: 5}, router.Queue{Name: "billing"}, router.ReasonUnknown},
		"by intent":        {sure("power_cut"), router.Queue{Name: "emergency", Priority: 9}, router.ReasonIntent},
		"intent answered":  {sure("opening_hours"), router.Queue{Name: "billing"}, router.ReasonNoRoute},
		"intent not known": {sure("weather"), router.Queue{Name: "billing"}, router.ReasonNoRoute},
		"unsure":           {assistant.Place{Intent: intent.Result{Name: "power_cut", Confidence: 0.1}}, router.Queue{Name: "billing"}, router.ReasonUnsure},
		"nothing":          {assistant.Place{}, router.Queue{Name: "billing"}, router.ReasonNoIntent},
	} {
		if q, why := p.Place(c.want); q != c.queue || why != c.reason {
			t.Errorf("%s: got %v, %s", name, q, why)
		}
	}
}

func TestAQueueThatDoesNotExistIsToldWithItsLine(t *testing.T) {
	_, err := router.NewPolicy(exampleLine(t), []string{"billing", "technical"})
	if err == nil || !strings.HasPrefix(err.Error(), "assistants/energy.yaml:") ||
		!strings.HasSuffix(err.Error(), `queue "emergency" is not defined on this server; allowed: billing, technical`) {
		t.Errorf("got %v", err)
	}
}
