package filter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/internal/filter"
	"github.com/callward/callward/redact"
)

func TestAPolicyIsANameOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) string {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, want := range map[string]redact.Policy{
		"":        {},
		"default": {},
		"strict":  {Phones: true, Emails: true, Addresses: true, BirthDates: true, Card: redact.CardNothing},
		write("withhold: [email, phone]\ncard: first6_last4\n"): {Emails: true, Phones: true, Card: redact.CardFirst6Last4},
	} {
		if p, err := filter.Policy(name); err != nil || p != want {
			t.Errorf("%q is %+v and %v, want %+v", name, p, err, want)
		}
	}
	for text, want := range map[string]string{
		"withhold: [mail]":      `withhold: "mail" is not known; allowed: phone, email, address, birth_date`,
		"card: [last4":          "line 1: ",
		"\nwithold: [email]":    "line 2: unknown field \"withold\"; allowed: withhold, card",
		"card: {show: nothing}": "line 1: ",
	} {
		if _, err := filter.Policy(write(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if p, err := filter.Policy(write("")); err != nil || p != (redact.Policy{}) {
		t.Errorf("an empty file is %+v and %v", p, err)
	}
	if _, err := filter.Policy("lax"); err == nil || !strings.Contains(err.Error(), "policy lax: neither default nor strict, nor a file") {
		t.Error(err)
	}
}

func TestAConversationIsShownUnderAPolicy(t *testing.T) {
	p := redact.Policy{Emails: true, Card: redact.CardNothing}
	c := said("en", "0 caller 0+ write to john dot smith at gmail dot com", "1 caller 1+ my card is 4111 1111 1111 1111")
	got := filter.Redact(c, p)
	if got.Events[0].Text != "write to [email]" || got.Events[1].Text != "my card is [card]" {
		t.Errorf("%+v", got.Events)
	}
	var out strings.Builder
	if err := filter.Text(strings.NewReader("born on 12 march 1985\n"), &out, "en", redact.Policy{BirthDates: true}); err != nil || out.String() != "born on [birth date]\n" {
		t.Errorf("%q and %v", out.String(), err)
	}
}
