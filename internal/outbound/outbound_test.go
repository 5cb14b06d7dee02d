package outbound_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/outbound"
)

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newGate() (*outbound.Gate, *clock) {
	c := &clock{time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)} // a Thursday, 11:00 in Paris
	return outbound.NewGate(c.now), c
}

func whyOf(err error) outbound.Why {
	if r, ok := errors.AsType[*outbound.Refusal](err); ok {
		return r.Why
	}
	return ""
}

func TestOnlyWhatBothAllowIsCalled(t *testing.T) {
	france := outbound.Policy{Allow: []string{"+33"}}
	for name, c := range map[string]struct {
		number        string
		tenant, trunk outbound.Policy
		own           bool
		want          outbound.Why
	}{
		"allowed":                       {"+33123456789", france, france, false, ""},
		"nothing is allowed by itself":  {"+33123456789", outbound.Policy{}, france, false, outbound.NotAllowed},
		"nor by the tenant alone":       {"+33123456789", france, outbound.Policy{}, false, outbound.NotAllowed},
		"abroad":                        {"+44123456789", france, france, false, outbound.NotAllowed},
		"premium":                       {"+33899123456", france, france, false, outbound.Dear},
		"premium that is wanted":        {"+33899123456", outbound.Policy{Allow: []string{"+33", "+33899"}}, outbound.Policy{Allow: []string{"+3389"}}, false, ""},
		"refused within what is":        {"+33611111111", outbound.Policy{Allow: []string{"+33"}, Refuse: []string{"+336"}}, france, false, outbound.NotAllowed},
		"allowed within what is not":    {"+33611111111", outbound.Policy{Allow: []string{"+33", "+33611"}, Refuse: []string{"+336"}}, france, false, ""},
		"as long: refused":              {"+33611111111", outbound.Policy{Allow: []string{"+336"}, Refuse: []string{"+336"}}, france, false, outbound.NotAllowed},
		"satellite":                     {"+881612345678", outbound.Policy{Allow: []string{"+8"}}, outbound.Policy{Allow: []string{"+8"}}, false, outbound.Dear},
		"our own":                       {"+33123456789", france, france, true, outbound.OwnNumber},
		"emergency":                     {"112", france, france, false, outbound.NoNumber},
		"a name":                        {"bob", france, france, false, outbound.NoNumber},
		"an address":                    {"+33123456789@evil.example", france, france, false, outbound.NoNumber},
		"with a parameter":              {"+33123456789;phone-context=x", france, france, false, outbound.NoNumber},
		"too long":                      {"+331234567890123456", france, france, false, outbound.NoNumber},
		"empty":                         {"", france, france, false, outbound.NoNumber},
		"a national zero":               {"+330123456789", france, france, false, outbound.NoNumber},
		"one that hides a premium":      {"+330899123456", france, france, false, outbound.NoNumber},
		"a zero that belongs there":     {"+390612345678", outbound.Policy{Allow: []string{"+39"}}, outbound.Policy{Allow: []string{"+39"}}, false, ""},
		"a zero after three digits":     {"+3520123456", outbound.Policy{Allow: []string{"+352"}}, outbound.Policy{Allow: []string{"+352"}}, false, outbound.NoNumber},
		"personal numbers":              {"+447012345678", outbound.Policy{Allow: []string{"+44"}}, outbound.Policy{Allow: []string{"+44"}}, false, outbound.Dear},
		"an island":                     {"+12425550100", outbound.Policy{Allow: []string{"+1"}}, outbound.Policy{Allow: []string{"+1"}}, false, outbound.Dear},
		"digits that only look like it": {"+33１23456789", france, france, false, outbound.NoNumber},
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := newGate()
			r := outbound.Request{Tenant: "acme", Trunk: "carrier", Number: c.number, Own: c.own}
			if got := whyOf(g.Check(r, c.tenant, c.trunk)); got != c.want {
				t.Errorf("checked: %q, want %q", got, c.want)
			}
			leave, err := g.Enter(r, c.tenant, c.trunk)
			if got := whyOf(err); got != c.want || (leave == nil) != (c.want != "") {
				t.Errorf("entered: %q, want %q", got, c.want)
			}
			if err != nil && len(c.number) > 6 && strings.Contains(err.Error(), c.number) {
				t.Errorf("the number is shown: %v", err)
			}
		})
	}
}

func TestCallsAreCounted(t *testing.T) {
	g, c := newGate()
	p := outbound.Policy{Allow: []string{"+33"}, Calls: 2, Hourly: 3}
	enter := func() (func(), outbound.Why) {
		leave, err := g.Enter(outbound.Request{Tenant: "acme", Trunk: "carrier", Number: "+33123456789"}, p, outbound.Policy{Allow: []string{"+33"}})
		return leave, whyOf(err)
	}
	first, _ := enter()
	_, _ = enter()
	if _, why := enter(); why != outbound.TooMany {
		t.Errorf("a third at once: %q", why)
	}
	first()
	first() // once is enough
	if n := g.Calls("carrier"); n != 1 {
		t.Errorf("%d calls are out", n)
	}
	last, why := enter()
	if why != "" {
		t.Errorf("after one left: %q", why)
	}
	last()
	if _, why := enter(); why != outbound.TooFast {
		t.Errorf("a fourth in an hour: %q", why)
	}
	c.t = c.t.Add(time.Hour)
	if _, why := enter(); why != "" {
		t.Errorf("an hour later: %q", why)
	}
}

func TestWhatPeopleWriteBetweenDigits(t *testing.T) {
	for text, want := range map[string]string{
		"+33 (0)1 23-45.67/89": "+33123456789", "01 23 45 67 89": "0123456789", "+33123456789": "+33123456789",
	} {
		if got := outbound.Plain(text); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestHours(t *testing.T) {
	h, err := outbound.ParseHours([]string{"mon-fri 08:00-20:00", "sat 09:00-12:30", "Sun-Mon 23:00-24:00"}, "")
	if err != nil {
		t.Fatal(err)
	}
	paris, _ := time.LoadLocation("Europe/Paris")
	for at, want := range map[string]bool{
		"2026-11-26 07:59": false, "2026-11-26 08:00": true, "2026-11-26 19:59": true, "2026-11-26 20:00": false,
		"2026-11-28 12:29": true, "2026-11-28 12:30": false, "2026-11-29 10:00": false, "2026-11-29 23:59": true, "2026-11-30 23:00": true,
	} {
		when, _ := time.ParseInLocation("2006-01-02 15:04", at, paris)
		if h.Contain(when.UTC()) != want {
			t.Errorf("%s: %v", at, !want)
		}
	}
	for _, bad := range []string{"", "mon", "mon 8", "mon 08:00-07:00", "xyz 08:00-09:00", "mon 08:00-24:01", "mon 08:60-09:00", "mon 08:00-09:00 x"} {
		if _, err := outbound.ParseHours([]string{bad}, ""); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := outbound.ParseHours(nil, "Mars/Base"); err == nil {
		t.Error("a place that is not on earth is taken")
	}
	g, c := newGate()
	c.t = time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	err = g.Check(outbound.Request{Number: "+33123456789"}, outbound.Policy{Allow: []string{"+33"}, Hours: h}, outbound.Policy{Allow: []string{"+33"}})
	if whyOf(err) != outbound.OffHours {
		t.Errorf("on a Sunday: %v", err)
	}
}

// Whatever is asked for, nothing is called that no allowed prefix begins, and
// nothing dear unless its own prefix is named.
func TestNothingElseIsEverCalled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, _ := newGate()
		allow := rapid.SliceOf(rapid.StringMatching(`\+[1-9][0-9]{0,5}`)).Draw(t, "allow")
		refuse := rapid.SliceOf(rapid.StringMatching(`\+[1-9][0-9]{0,5}`)).Draw(t, "refuse")
		number := rapid.OneOf(rapid.StringMatching(`\+[1-9][0-9]{6,14}`), rapid.StringMatching(`\+330?89[0-9]{7}`), rapid.StringMatching(`\+[1-9][0-9]{0,2}0[0-9]{6,9}`), rapid.String()).Draw(t, "number")
		p := outbound.Policy{Allow: allow, Refuse: refuse}
		if _, err := g.Enter(outbound.Request{Number: number}, p, p); err != nil {
			return
		}
		best := 0
		for _, a := range allow {
			if strings.HasPrefix(number, a) {
				best = max(best, len(a))
			}
		}
		if strings.HasPrefix(number, "+330") || strings.HasPrefix(number, "+440") || strings.HasPrefix(number, "+10") {
			t.Fatalf("%s is called: carriers drop its zero", number)
		}
		if best == 0 || strings.HasPrefix(number, "+3389") && best < len("+3389") {
			t.Fatalf("%s is called, allowed are %v", number, allow)
		}
		for _, r := range refuse {
			if strings.HasPrefix(number, r) && len(r) >= best {
				t.Fatalf("%s is called, refused are %v", number, refuse)
			}
		}
	})
}
