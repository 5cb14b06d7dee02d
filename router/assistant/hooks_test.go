package assistant_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

const orders = "testdata/webhooks/orders.yaml"

func ordersText(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(orders)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func orderLine(tb testing.TB) *assistant.Assistant {
	tb.Helper()
	a, err := assistant.Parse("orders.yaml", []byte(ordersText(tb)))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestAWebhookIsReadAsTheFileDeclaresIt(t *testing.T) {
	all := orderLine(t).Webhooks()
	if len(all) != 2 {
		t.Fatalf("%d webhooks", len(all))
	}
	w := all[0]
	if w.Name != "order" || w.URL != "https://shop.example/v1/orders/status" || w.Host != "shop.example" || w.Method != "POST" || w.Timeout != 5*time.Second || w.Retries != 2 {
		t.Errorf("%+v", w)
	}
	if !strings.HasPrefix(w.At, "orders.yaml:") || !strings.HasPrefix(w.Signed, "orders.yaml:") || w.At == w.Signed || w.Secret != "env:ORDERS_HOOK_SECRET" {
		t.Errorf("at %s, signed at %s with %s", w.At, w.Signed, w.Secret)
	}
	if r := w.Results[5]; r.Name != "note" || r.Type != assistant.ResultText || r.Longest != 60 || !slices.Equal(r.Path, []string{"order", "lines", "0", "note"}) {
		t.Errorf("%+v", r)
	}
	if other := all[1]; other.Timeout != 2*time.Second || other.Retries != 1 || other.Secret != "" || len(other.Results) != 0 {
		t.Errorf("the defaults are %+v", other)
	}
}

// asked gives a dialogue that has just asked for an order, and the step in which it did.
func consulted(t *testing.T, language string) (*assistant.Dialogue, assistant.Step) {
	t.Helper()
	d := orderLine(t).Start(assistant.Start{Language: language})
	d.Next(assistant.Input{Kind: assistant.InputStart})
	d.Next(said("order"))
	number := redact.Authored("123456")
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: number, Numbers: []redact.Safe{number}})
	s := d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored("1"), Numbers: []redact.Safe{redact.Authored("1")}})
	if s.Hook == nil || s.Listen != nil || len(s.Say) > 0 {
		t.Fatalf("no webhook is asked: %+v", s)
	}
	return d, s
}

func said(name string) assistant.Input {
	return assistant.Input{Kind: assistant.InputSaid, Intent: intent.Result{Name: name, Confidence: 0.9}}
}

// answered is an order as the shop knows it, with changes.
func answered(changes ...string) assistant.Input {
	results := map[string]redact.Safe{
		"state": redact.Authored("sent"), "due": redact.Authored("2026-12-01"), "total": redact.Authored("12.50"),
		"parcels": redact.Authored("2"), "paid": redact.Authored("true"), "note": redact.Authored("Ring twice"),
	}
	for i := 0; i+1 < len(changes); i += 2 {
		results[changes[i]] = redact.Authored(changes[i+1])
	}
	return assistant.Input{Kind: assistant.InputHooked, Answer: assistant.Answer{Outcome: assistant.Answered, Results: results}}
}

func TestAWebhookIsAskedOnceAllSlotsAreFilled(t *testing.T) {
	_, s := consulted(t, "fr")
	if s.Hook.Number != 1 || s.Hook.Webhook.Name != "order" || !strings.HasSuffix(s.Reason, ": the webhook order is asked") {
		t.Errorf("%+v", s)
	}
	want := []assistant.Field{
		{Name: "number", Value: assistant.Phrase{Text: "123456", Filled: true}},
		{Name: "language", Value: assistant.Phrase{Text: "fr"}},
	}
	if !slices.Equal(s.Hook.Fields, want) {
		t.Errorf("sends %+v", s.Hook.Fields)
	}
}

func TestWhatAWebhookAnswersIsSaidInTheLanguageOfTheCall(t *testing.T) {
	for language, want := range map[string]string{
		"en": "Your order is on its way. It comes on Tuesday the first of December 2026, in 2 parcels, and costs twelve euros and fifty cents. Ring twice.",
		"fr": "Votre commande est en route. Elle arrive le mardi premier décembre 2026, en 2 colis, et coûte douze euros cinquante. Ring twice.",
	} {
		d, _ := consulted(t, language)
		s := d.Next(answered())
		if len(s.Say) != 2 || s.Say[0].Text != want || !s.Say[0].Filled || s.Listen == nil {
			t.Errorf("%s: %+v", language, s)
		}
	}
}

func TestAResultChoosesWhatIsSaidAndWhereItLeads(t *testing.T) {
	d, _ := consulted(t, "en")
	if s := d.Next(answered("paid", "false")); s.Say[0].Text != "twelve euros and fifty cents are still to be paid." || s.Listen == nil || !strings.HasSuffix(s.Reason, "paid is false") {
		t.Errorf("%+v", s)
	}
	d, _ = consulted(t, "en")
	s := d.Next(answered("paid", "false", "state", "lost"))
	if s.Place == nil || s.Place.Queue != "search" || s.Place.Intent.Name != "order" || s.Place.Summary.Text != "Order 123456, which cannot be found" {
		t.Errorf("%+v, %+v", s, s.Place)
	}
}

func TestAWebhookThatKnowsNothingOrFailsLeavesTheCallerNotAlone(t *testing.T) {
	came := func(o assistant.Outcome) assistant.Input {
		return assistant.Input{Kind: assistant.InputHooked, Answer: assistant.Answer{Outcome: o, Why: "it was late"}}
	}
	d, _ := consulted(t, "en")
	if s := d.Next(came(assistant.NotFound)); s.Say[0].Text != "There is no order 1, 2, 3, 4, 5, 6." || s.Listen == nil {
		t.Errorf("%+v", s)
	}
	d, _ = consulted(t, "en")
	if s := d.Next(came(assistant.Failed)); s.Place == nil || s.Place.Queue != "sales" || s.Say[0].Text != "I cannot see your order just now." || s.Place.Summary.Text != "order, order 123456" {
		t.Errorf("%+v, %+v", s, s.Place)
	}
	for _, o := range []assistant.Outcome{assistant.NotFound, assistant.Failed} { // nothing is said of it: a human
		d = orderLine(t).Start(assistant.Start{Language: "en"})
		d.Next(assistant.Input{Kind: assistant.InputStart})
		if s := d.Next(said("complaint")); s.Hook == nil {
			t.Fatalf("%+v", s)
		}
		if s := d.Next(came(o)); s.Place == nil || s.Place.Queue != "sales" || s.Say[0].Text != "I will find a colleague for you." {
			t.Errorf("%s: %+v", o, s)
		}
	}
}

func TestWhileAWebhookIsAskedOnlyAnotherRequestCounts(t *testing.T) {
	d, first := consulted(t, "en")
	for _, in := range []assistant.Input{
		said("order"), said("repeat"), said("nonsense"),
		{Kind: assistant.InputKeyed, Text: redact.Authored("7"), Numbers: []redact.Safe{redact.Authored("7")}},
	} {
		if s := d.Next(in); s.Hook == nil || s.Hook.Number != first.Hook.Number || len(s.Say) > 0 {
			t.Fatalf("%+v: %+v", in, s)
		}
	}
	if s := d.Next(assistant.Input{Kind: assistant.InputDeaf}); s.Hook == nil || s.Hook.Number != 1 || len(s.Say) != 1 {
		t.Errorf("without a recognizer: %+v", s)
	}
	if s := d.Next(said("hours")); s.Hook != nil || s.Say[0].Text != "We are open all day." || s.Intent != "hours" {
		t.Errorf("%+v", s)
	}
	if s := d.Next(answered()); strings.Contains(s.Say[0].Text, "order") || s.Listen == nil {
		t.Errorf("an answer to what is over: %+v", s)
	}
	if s := d.Next(said("complaint")); s.Hook == nil || s.Hook.Number != 2 {
		t.Errorf("the next one: %+v", s)
	}
}

func TestResultsOfOneTaskAreNotSaidInTheNext(t *testing.T) {
	d, _ := consulted(t, "en")
	d.Next(answered())
	d.Next(said("order"))
	number := redact.Authored("654321")
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: number, Numbers: []redact.Safe{number}})
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored("1"), Numbers: []redact.Safe{redact.Authored("1")}})
	s := d.Next(assistant.Input{Kind: assistant.InputHooked, Answer: assistant.Answer{Outcome: assistant.Failed}})
	if s.Place == nil || strings.Contains(s.Place.Summary.Text, "on its way") {
		t.Errorf("%+v", s.Place)
	}
}

func TestErrorsOfAWebhookTellTheLine(t *testing.T) {
	whole := ordersText(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"a typo":              {"    retries: 2", "    retris: 2", `unknown key "retris" in the webhook order (did you mean "retries"?); allowed: url, method, timeout`},
		"no url":              {"    url: https://shop.example/v1/complaints\n", "", `the webhook complain lacks "url"`},
		"in clear":            {"https://shop.example/v1/complaints", "http://shop.example/", `orders.yaml:65: the url of complain cannot be "http://shop.example/"; allowed: https://HOST[:PORT]/PATH`},
		"no host":             {"https://shop.example/v1/complaints", "https:///x", `the url of complain cannot be "https:///x"`},
		"a user":              {"https://shop.example/v1/complaints", "https://me:secret@shop.example/", "the url of complain can hold neither a user nor a fragment"},
		"a slot in the url":   {"https://shop.example/v1/complaints", "https://shop.example/{order}", "the url of complain can hold no {slots}; write them under body"},
		"timeout":             {"timeout: 5s", "timeout: 30s", "orders.yaml:46: timeout must be a duration from 200ms to 10s, such as 2s"},
		"retries":             {"retries: 2", "retries: 9", "retries must be a whole number from 0 to 3"},
		"method":              {"timeout: 5s", "method: PSOT", `the method of order cannot be "PSOT"`},
		"a signed GET":        {"timeout: 5s", "method: GET", "the webhook order has no body that could be signed"},
		"a secret in clear":   {"env:ORDERS_HOOK_SECRET", "whsec_abc", "orders.yaml:45: the secret of order does not stand here; allowed: env:NAME, file:PATH"},
		"name":                {"  complain:\n", "  Complain:\n", `a webhook cannot be named "Complain"`},
		"type":                {"{type: date,", "{type: day,", `the type of due cannot be "day" (did you mean "date"?); allowed: text, number, amount, date, boolean, choice`},
		"no path":             {"{type: date, path: order.due}", "{type: date}", `the result due of order lacks "path"`},
		"path":                {"path: order.due", "path: order..due", `the path of due cannot be "order..due"`},
		"longest of a date":   {"path: order.due", "path: order.due, longest: 4", `the result due of order is of type date, so it has no "longest"`},
		"longest":             {"longest: 60", "longest: 6000", "longest must be a whole number from 1 to 400"},
		"currency":            {"path: order.total", "path: order.total, currency: EUP", `the currency of total cannot be "EUP" (did you mean "EUR"?); allowed: EUR, GBP, USD, CHF`},
		"no values":           {"{type: date,", "{type: choice,", `the result due of order lacks "values"`},
		"unsaid value":        {"{en: is on its way, fr: est en route}", "{en: is on its way}", `the words for sent lacks the language "fr"`},
		"unknown webhook":     {"call: complain", "call: complian", `the intent complaint calls the webhook "complian", which is not there (did you mean "complain"?); allowed: order, complain`},
		"a slot not there":    {`"{order}"`, `"{ordre}"`, "the webhook order sends {ordre}, which is no slot of order; allowed: {order}, {language}"},
		"a name twice":        {"      due: {type: date, path: order.due}", "      order: {type: date, path: order.due}", "order is a slot of order and a result of order; give one of them another name"},
		"a boolean said":      {"{total} are still", "{paid} are still", "there is no value {paid} here; allowed: {order}, {state}, {due}, {total}, {parcels}, {note}"},
		"a result of failure": {"There is no order {order}", "There is no order {state}", "there is no value {state} here; allowed: {order}"},
		"an if on a text":     {"result: paid, is: false", "result: note, is: false", `the result of a case of order cannot be "note"; allowed: state, paid`},
		"what it is not":      {"is: lost", "is: gone", `what state is cannot be "gone"; allowed: packed, sent, lost`},
		"no list":             {"    call: complain\n", "    call: complain\n    if: never\n", "if of complaint must be a list of cases, each with result, is and say"},
		"a case without text": {"is: false, say: {en: \"{total} are still to be paid.\", fr: \"Il reste {total} à payer.\"}", "is: false", `a case of order lacks "say"`},
		"an outcome":          {"      not_found: {say", "      missing: {say", `unknown key "missing" in otherwise of order; allowed: not_found, failed`},
		"if without call":     {"    call: order\n", "", `the intent order has "if", but no "call"`},
		"does and calls":      {"    does: repeat", "    does: repeat\n    call: complain", "the intent repeat does repeat, so it can call no webhook"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(whole, c.from, c.to, 1)
			if broken == whole {
				t.Fatal("the test does not break the file")
			}
			if _, err := assistant.Parse("orders.yaml", []byte(broken)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestWhatIsSaidOfAWebhookIsRenderedAheadUnlessValuesAreInIt(t *testing.T) {
	all := orderLine(t).Prompts("en")
	if !slices.Contains(all, "I cannot see your order just now.") || slices.ContainsFunc(all, func(p string) bool { return strings.Contains(p, "{") }) {
		t.Errorf("%q", all)
	}
}

// randomAnswer draws anything that may come of a webhook.
func randomAnswer(t *rapid.T) assistant.Answer {
	a := assistant.Answer{Outcome: rapid.SampledFrom([]assistant.Outcome{assistant.Answered, assistant.NotFound, assistant.Failed}).Draw(t, "outcome")}
	if a.Outcome == assistant.Answered {
		a.Results = answered(
			"state", rapid.SampledFrom([]string{"packed", "sent", "lost"}).Draw(t, "state"),
			"paid", rapid.SampledFrom([]string{"true", "false"}).Draw(t, "paid"),
		).Answer.Results
	}
	return a
}

// A line with webhooks never waits for ever, nor says the name of a value in place of it.
func TestFromEveryStateSilenceLeadsAwayFromAWebhookToo(t *testing.T) {
	a := orderLine(t)
	rapid.Check(t, func(t *rapid.T) {
		d := a.Start(randomStart(t))
		for range rapid.IntRange(0, 20).Draw(t, "inputs") {
			in := randomInput(t)
			if in.Kind == assistant.InputSaid {
				in.Intent.Name = rapid.SampledFrom([]string{"order", "complaint", "hours", "repeat", "yes", "no"}).Draw(t, "of the line")
			}
			if in.Kind == assistant.InputKeyed && rapid.Bool().Draw(t, "an order") {
				in.Numbers = []redact.Safe{redact.Authored("123456")}
			}
			s := d.Next(in)
			check(t, s)
			for _, l := range s.Say {
				if strings.ContainsAny(l.Text, "{}") {
					t.Fatalf("says %q", l.Text)
				}
			}
		}
		for range 3 {
			if s := d.Next(assistant.Input{Kind: assistant.InputSilence}); over(s) {
				return
			}
		}
		t.Fatal("three silences and still waiting")
	})
}
