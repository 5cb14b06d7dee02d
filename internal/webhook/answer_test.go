package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/router/assistant"
)

// judge reads v, a JSON value, as a result.
func judge(r assistant.Result, v string) (string, error) {
	r.Name, r.Path = "it", []string{"v"}
	w := &assistant.Webhook{Results: []assistant.Result{r}}
	got, err := webhook.Judge(w, http.StatusOK, "application/json; charset=utf-8", []byte(`{"v":`+v+`}`), "en")
	return got["it"].String(), err
}

func TestAResultIsTakenInTheFormOfItsType(t *testing.T) {
	text := assistant.Result{Type: assistant.ResultText, Longest: 20}
	for _, c := range []struct {
		result   assistant.Result
		in, want string
	}{
		{text, `"  Ring\n\ttwice "`, "Ring twice"},
		{text, `"Ring {order} <b>"`, "Ring order b"},
		{text, `"a\u0000b\u202ec"`, "a bc"},
		{text, `"élève"`, "élève"},
		{assistant.Result{Type: assistant.ResultNumber}, `-12.5`, "-12.5"},
		{assistant.Result{Type: assistant.ResultNumber}, `12345678901`, "12345678901"},
		{assistant.Result{Type: assistant.ResultAmount}, `12.5`, "12.50"},
		{assistant.Result{Type: assistant.ResultAmount}, `"7"`, "7.00"},
		{assistant.Result{Type: assistant.ResultDate}, `"2026-02-28"`, "2026-02-28"},
		{assistant.Result{Type: assistant.ResultDate}, `"2026-02-28T23:30:00-05:00"`, "2026-02-28"},
		{assistant.Result{Type: assistant.ResultBoolean}, `true`, "true"},
		{assistant.Result{Type: assistant.ResultChoice, Choices: []string{"sent"}}, `"sent"`, "sent"},
	} {
		if got, err := judge(c.result, c.in); err != nil || got != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.result.Type, c.in, got, err, c.want)
		}
	}
}

func TestAResultOfAnotherTypeIsNoneAndTheFaultDoesNotRepeatIt(t *testing.T) {
	text := assistant.Result{Type: assistant.ResultText, Longest: 20}
	for _, c := range []struct {
		result   assistant.Result
		in, want string
	}{
		{text, `12`, "the result it is no text"},
		{text, `{"a":"b"}`, "the result it is no text"},
		{text, `null`, "the result it is missing"},
		{text, `" \u200b "`, "the result it is empty"},
		{text, `"` + strings.Repeat("a", 21) + `"`, "the result it is longer than 20 letters"},
		{assistant.Result{Type: assistant.ResultNumber}, `"12"`, "the result it is no number"},
		{assistant.Result{Type: assistant.ResultNumber}, `1e3`, "the result it is no number"},
		{assistant.Result{Type: assistant.ResultNumber}, `4111111111111111`, "the result it is no number"},
		{assistant.Result{Type: assistant.ResultNumber}, `4111111111.111111`, "the result it is no number"},
		{assistant.Result{Type: assistant.ResultAmount}, `12.345`, "the result it is no amount"},
		{assistant.Result{Type: assistant.ResultAmount}, `"12,50 EUR"`, "the result it is no amount"},
		{assistant.Result{Type: assistant.ResultDate}, `"2026-02-30"`, "the result it is no date"},
		{assistant.Result{Type: assistant.ResultDate}, `20260228`, "the result it is no date"},
		{assistant.Result{Type: assistant.ResultBoolean}, `"true"`, "the result it is no boolean"},
		{assistant.Result{Type: assistant.ResultBoolean}, `1`, "the result it is no boolean"},
		{assistant.Result{Type: assistant.ResultChoice, Choices: []string{"sent"}}, `"SECRET"`, "the result it is none of its values"},
	} {
		got, err := judge(c.result, c.in)
		if err == nil || err.Error() != c.want || got != "" || webhook.Cause(err) != "content" {
			t.Errorf("%s %s: %q, %v; want %s", c.result.Type, c.in, got, err, c.want)
		}
	}
}

func TestATextWithPersonalDataIsNotReadOut(t *testing.T) {
	long := assistant.Result{Type: assistant.ResultText, Longest: 200}
	for _, in := range []string{
		`"the card 4111 1111 1111 1111 is on file"`, `"the card 4111-1111-1111-1111 is on file"`, `"4111\u200b1111\u200b1111\u200b1111"`,
		`"four one one one one one one one one one one one one one one one"`, `"４１１１１１１１１１１１１１１１"`,
		`"call him at +33 6 12 34 56 78"`, `"write to jean.martin@example.com"`, `"the account is FR76 3000 6000 0112 3456 7890 189"`,
	} {
		got, err := judge(long, in)
		if err == nil || err.Error() != "the result it holds what may not be said" || got != "" {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

// A number at the end of a text waits for no next utterance.
func TestATextMayEndWithANumber(t *testing.T) {
	for _, in := range []string{`"your order is 4839201"`, `"parcel 90417263"`, `"it is due on the 15th"`} {
		if got, err := judge(assistant.Result{Type: assistant.ResultText, Longest: 80}, in); err != nil || `"`+got+`"` != in {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	w := &assistant.Webhook{Results: []assistant.Result{{Name: "it", Type: assistant.ResultBoolean, Path: []string{"a", "1", "v"}}}}
	const whole = `{"a":[0,{"v":true}]}`
	for _, c := range []struct {
		status          int
		kind, body      string
		cause, contains string
	}{
		{200, "application/json", whole, "answered", ""},
		{201, "application/json", whole, "answered", ""},
		{404, "text/html", "", "not_found", ""},
		{302, "text/html", "", "redirect", "it sends us elsewhere"},
		{401, "application/json", whole, "status", "it answered with status 401"},
		{500, "application/json", whole, "status", "status 500"},
		{200, "text/html; charset=utf-8", "<html>", "type", "application/json"},
		{200, "", whole, "type", "application/json"},
		{200, "application/json", "<html>", "content", "its answer is not JSON"},
		{200, "application/json", whole + whole, "content", "its answer is not JSON"},
		{200, "application/json", "", "content", "its answer is not JSON"},
		{200, "application/json", strings.Repeat("[", 60000), "content", "its answer is not JSON"},
		{200, "application/json", `{"a":[0]}`, "content", "the result it is missing"},
		{200, "application/json", `{"a":{"1":{"v":null}}}`, "content", "the result it is missing"},
		{200, "application/json", `"a"`, "content", "the result it is missing"},
	} {
		_, err := webhook.Judge(w, c.status, c.kind, []byte(c.body), "en")
		if webhook.Cause(err) != c.cause || err != nil && !strings.Contains(err.Error(), c.contains) {
			t.Errorf("%d %s %.20s: %v, want %s %s", c.status, c.kind, c.body, err, c.cause, c.contains)
		}
	}
	told := &assistant.Webhook{} // nothing is wanted of it
	if _, err := webhook.Judge(told, 204, "", nil, "en"); err != nil {
		t.Errorf("a webhook without results: %v", err)
	}
	if a := webhook.Answer(nil, webhook.ErrNotFound); a.Outcome != assistant.NotFound {
		t.Errorf("%+v", a)
	}
	if a := webhook.Answer(nil, errors.New("x")); a.Outcome != assistant.Failed || a.Why != "x" {
		t.Errorf("%+v", a)
	}
}
