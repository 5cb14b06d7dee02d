package rehearsal

import (
	"os"
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

func TestAScenarioSaysWhatWebhooksAnswer(t *testing.T) {
	f, err := Read("testdata/webhooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run(t, f) {
		if !r.Passed {
			t.Error(r)
		}
	}
}

func TestAWebhookOfAScenarioThatCannotBeIsNamed(t *testing.T) {
	const orders = "../../router/assistant/testdata/webhooks/orders.yaml"
	load := func(string) (*assistant.Assistant, error) {
		data, err := os.ReadFile(orders)
		if err != nil {
			return nil, err
		}
		return assistant.Parse("line.yaml", data)
	}
	for webhooks, want := range map[string]string{
		"{oder: {}}":                      `s.yaml:5: unknown webhook "oder" (did you mean "order"?); allowed: order, complain`,
		"{order: {statsu: 200}}":          `unknown key "statsu" in the webhook order (did you mean "status"?); allowed: status, answer`,
		"{order: {status: 99}}":           "status must be one of HTTP, from 200 to 599, such as 404",
		"{order: {answer: {a: 1, a: 2}}}": "s.yaml:5: ",
		"{order: {answer: &a [*a]}}":      "s.yaml:5: a value of the answer must be a text",
	} {
		_, err := parse("s.yaml", []byte(head+"    webhooks: "+webhooks+"\n    turns: [silence: true]"), load)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", webhooks, want, err)
		}
	}
}
