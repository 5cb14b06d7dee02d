package call

import (
	"testing"

	"github.com/callward/callward/redact"
)

func TestThePolicyOfACallIsThatOfItsRedactor(t *testing.T) {
	m := newMachine(Setup{Assistant: testAssistant(t), Languages: []string{"en"}, Heard: []string{"en"}, Redaction: redact.Policy{Emails: true}})
	if got := m.redactor.Final("1", redact.RawText("john dot smith at gmail dot com")).Text.String(); got != "[email]" {
		t.Errorf("it shows %q", got)
	}
}
