package dialog_test

import (
	"testing"

	"github.com/callward/callward/dialog"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/guard"
)

func TestAReplyIsSpokenByWayOfTheRedactorAndTheGuardRails(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
	var out guard.Output
	out.Heard(r.Final("1", redact.RawText("four eight two one three")))
	for reply, want := range map[string]string{
		"We are open until six.":            "",
		"You said 4, 8, 2, 1, 3.":           "digits that the caller gave",
		"Your card is 4111 1111 1111 1111.": "something masked",
		"Write to someone@example.com.":     "an address of the web or of mail",
	} {
		text, why := dialog.Say{Text: reply, Last: true}.Spoken(r.Speech, &out)
		if why != want || (why == "") != (text.String() == reply) {
			t.Errorf("%q: %q, %q; want %q", reply, text, why, want)
		}
	}
}
