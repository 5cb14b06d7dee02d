// Package outbound decides which numbers may be called, by whom and when. Whoever
// wants one called, an assistant, a caller by voice or key, an agent or the REFER of
// his phone, passes the same [Gate]; there is no other way out.
//
// It denies all that is not allowed: a number is called only if the tenant's Policy
// and the trunk's both allow a prefix of it. Numbers that are known to be dear, such
// as premium rates, satellites and Inmarsat, need a prefix of their own that is at
// least as long as theirs.
package outbound

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Policy is what a tenant, or a trunk, lets out. The zero Policy lets out nothing.
type Policy struct {
	Allow  []string // prefixes in E.164, such as +33; the longest that fits decides
	Refuse []string // and what of these not; of two as long, this one counts
	Hours  Hours    // zero: always
	Calls  int      // at once; 0: no limit
	Hourly int      // new ones in an hour; 0: no limit
}

// A Request is a number that somebody wants called.
type Request struct {
	Tenant, Trunk string
	Number        string // E.164, with a plus
	Own           bool   // it is a number of ours: a call to it would come back to us
}

// A Why says in a word what stands against a call.
type Why string

// What may stand against a call.
const (
	NoNumber   Why = "not a number"
	OwnNumber  Why = "one of our own numbers"
	NotAllowed Why = "not an allowed prefix"
	Dear       Why = "a premium or satellite number"
	OffHours   Why = "outside the hours"
	TooMany    Why = "too many calls at once"
	TooFast    Why = "too many calls in an hour"
)

// A Refusal is the error of a number that is not called.
//
//nolint:errname // a decision, rather than what went wrong
type Refusal struct {
	Why    Why
	Of     string // whose policy: "tenant", "trunk", or empty
	Number string // masked: enough to see what kind it is
}

// Error says why, and what was asked for as far as it may be shown.
func (r *Refusal) Error() string {
	of := ""
	if r.Of != "" {
		of = " (by the " + r.Of + "'s policy)"
	}
	return fmt.Sprintf("%s is not called: %s%s", r.Number, r.Why, of)
}

// A Gate counts what is let out. It is safe for concurrent use.
type Gate struct {
	now func() time.Time

	mu   sync.Mutex
	uses map[string]*use // by "tenant x" and "trunk x"
}

// use is what one policy has let out.
type use struct {
	calls int
	begun []time.Time // within the last hour, oldest first
}

// NewGate makes a gate; now is its clock.
func NewGate(now func() time.Time) *Gate { return &Gate{now: now, uses: map[string]*use{}} }

// Check says what Enter would, and counts nothing.
func (g *Gate) Check(r Request, tenant, trunk Policy) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.check(r, tenant, trunk)
}

// Enter lets a call out, or gives a *Refusal. leave must be called once it is over.
func (g *Gate) Enter(r Request, tenant, trunk Policy) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.check(r, tenant, trunk); err != nil {
		return nil, err
	}
	now := g.now()
	mine := []*use{g.use("tenant " + r.Tenant), g.use("trunk " + r.Trunk)}
	for i, u := range mine {
		s := []Policy{tenant, trunk}[i]
		u.calls++
		if s.Hourly > 0 {
			u.begun = append(u.begun, now)
		}
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			for _, u := range mine {
				u.calls--
			}
		})
	}, nil
}

// Calls is how many are out now, by trunk.
func (g *Gate) Calls(trunk string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.use("trunk " + trunk).calls
}

// use needs g.mu.
func (g *Gate) use(name string) *use {
	u := g.uses[name]
	if u == nil {
		u = &use{}
		g.uses[name] = u
	}
	return u
}

// check needs g.mu.
func (g *Gate) check(r Request, tenant, trunk Policy) error {
	refused := func(why Why, of string) error { return &Refusal{Why: why, Of: of, Number: Mask(r.Number)} }
	switch {
	case !IsNumber(r.Number):
		return refused(NoNumber, "")
	case r.Own:
		return refused(OwnNumber, "")
	}
	now := g.now()
	both := []struct {
		of, name string
		policy   Policy
	}{{"tenant", r.Tenant, tenant}, {"trunk", r.Trunk, trunk}}
	for _, b := range both {
		if why := b.policy.prefix(r.Number); why != "" {
			return refused(why, b.of)
		}
	}
	for _, b := range both {
		if why := g.use(b.of+" "+b.name).room(b.policy, now); why != "" {
			return refused(why, b.of)
		}
	}
	return nil
}

// room says what stands against one more call now.
func (u *use) room(p Policy, now time.Time) Why {
	for len(u.begun) > 0 && now.Sub(u.begun[0]) >= time.Hour {
		u.begun = u.begun[1:]
	}
	switch {
	case !p.Hours.Contain(now):
		return OffHours
	case p.Calls > 0 && u.calls >= p.Calls:
		return TooMany
	case p.Hourly > 0 && len(u.begun) >= p.Hourly:
		return TooFast
	}
	return ""
}

// prefix says what stands against a number.
func (p Policy) prefix(number string) Why {
	allowed, refused, known := longest(p.Allow, number), longest(p.Refuse, number), longest(dear, number)
	switch {
	case allowed == 0:
		return NotAllowed
	case refused >= allowed:
		return NotAllowed
	case known > allowed:
		return Dear
	}
	return ""
}

// longest is the length of the longest prefix that fits, 0 if none does.
func longest(prefixes []string, number string) (n int) {
	for _, p := range prefixes {
		if strings.HasPrefix(number, p) {
			n = max(n, len(p))
		}
	}
	return n
}

// dear are numbers that earn money for who answers, or cost much: premium and shared
// cost, personal numbers, islands in the North American plan, satellites. ITU-T E.164
// assignments, and the plans of the regulators where callers of ours live.
//
//nolint:gochecknoglobals // a read-only table
var dear = []string{
	"+3389", "+3382", "+33118", // France
	"+3290", "+3270", // Belgium
	"+4190",             // Switzerland
	"+35290", "+352901", // Luxembourg
	"+49900", "+49137", "+4911", "+4918", // Germany
	"+4390", "+4393", "+43821", // Austria
	"+3480", "+34905", "+34907", // Spain
	"+39144", "+39166", "+39178", "+39199", "+3989", // Italy
	"+449", "+4470", "+44871", "+44872", "+44873", // United Kingdom
	"+3190",           // Netherlands
	"+35176", "+3516", // Portugal
	"+1900", "+1976", "+1242", "+1246", "+1264", "+1268", "+1284", "+1340", "+1345", "+1441", "+1473", "+1649", "+1658", "+1664",
	"+1721", "+1758", "+1767", "+1784", "+1809", "+1829", "+1849", "+1868", "+1869", "+1876", // North America, and islands in its plan
	"+979", "+808", // international premium rate, shared cost
	"+870", "+881", "+882", "+883", "+878", // satellites and networks without a country
}

// withZero are the calling codes after which numbers begin with a zero of their own.
// Anywhere else such a zero is the one of national dialling, and carriers drop it: a
// number with it is another than it seems.
//
//nolint:gochecknoglobals // a read-only table
var withZero = []string{"39", "225", "241", "242", "378", "379"}

// codeLength is how many digits the calling code has that a number begins with: one
// for 1 and 7, two for those of ITU-T E.164 that are so short, three for the rest.
func codeLength(digits string) int {
	switch {
	case digits[0] == '1' || digits[0] == '7':
		return 1
	case strings.Contains(" 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ",
		" "+digits[:2]+" "):
		return 2
	}
	return 3
}

// IsNumber reports whether text is a number as E.164 has it: a plus, and 7 to 15
// digits, with no zero before the calling code or, but where there is one, after it.
func IsNumber(text string) bool {
	digits, plus := strings.CutPrefix(text, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	code := digits[:codeLength(digits)]
	return digits[len(code)] != '0' || slices.Contains(withZero, code)
}

// Plain takes the signs out that people write between digits, and the (0) that stands
// for national dialling.
func Plain(text string) string {
	text = strings.ReplaceAll(text, "(0)", "")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./()", r) {
			return -1
		}
		return r
	}, text)
}

// Mask shows what kind of number it is, and not whose: the first digits, and how
// many follow. What is no number is not shown.
func Mask(number string) string {
	const shown = 6
	digits := strings.Trim(number, "0123456789+") == ""
	switch {
	case !digits || number == "":
		return "what was asked for"
	case len(number) <= shown:
		return number
	}
	return number[:shown] + strings.Repeat("x", len(number)-shown)
}
