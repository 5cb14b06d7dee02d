package app

import (
	"cmp"
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/callward/callward/sip"
)

// A peer is what is known of who sends a call.
type peer struct {
	address     netip.Addr
	transport   string
	certificate *x509.Certificate // nil: it has proved nothing
}

// trunk finds the trunk that a call comes by: the first, by name, whose policy it
// meets. Without one, why says what was missing at the one that came nearest.
func (p *plan) trunk(from peer) (name, why string, ok bool) {
	why = "not a trunk"
	for _, name := range names(p.loaded.Config.Trunks) {
		t := p.loaded.Config.Trunks[name]
		switch {
		case !slices.ContainsFunc(t.From, func(n Network) bool { return n.Contains(from.address) }):
		case len(t.Transports) > 0 && !slices.Contains(t.Transports, from.transport):
			why = "trunk " + name + " does not take " + from.transport
		case len(t.Names) > 0 && !shows(from.certificate, t.Names):
			why = "trunk " + name + " wants a certificate of another name"
		default:
			return name, "", true
		}
	}
	return "", why, false
}

// shows reports whether a certificate is of one of the names.
func shows(c *x509.Certificate, names []string) bool {
	return c != nil && slices.ContainsFunc(names, func(name string) bool { return c.VerifyHostname(name) == nil })
}

// caller is who calls, as far as the trunk can be believed.
func (t Trunk) caller(leg *sip.Leg) string {
	from := leg.Caller()
	if t.Asserted {
		from = cmp.Or(leg.Asserted(), from)
	}
	return t.number(from)
}

// believes reports whether the trunk says that it has checked who calls, and is trusted
// with that.
func (t Trunk) believes(leg *sip.Leg) bool { return t.Asserted && leg.Asserted() != "" }

// noPrefix is the National of a country where nothing stands before a number, such as
// Spain, or where what does belongs to it, such as Italy.
const noPrefix = "-"

// number writes a number of the trunk's country as E.164 has it, with a plus, and
// without what may stand in or after it (RFC 3966: separators, and parameters such as
// those of number portability). What is no number stays as it is.
func (t Trunk) number(n string) string {
	bare, _, _ := strings.Cut(n, ";")
	bare = strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(bare)
	if digits := strings.TrimPrefix(bare, "+"); digits != "" && strings.Trim(digits, "0123456789") == "" {
		n = bare
	}
	if t.Country == "" || n == "" || strings.Trim(n, "0123456789") != "" {
		return n
	}
	if rest, ok := strings.CutPrefix(n, cmp.Or(t.International, "00")); ok {
		return "+" + rest
	}
	if t.National == noPrefix {
		return "+" + t.Country + n
	}
	if rest, ok := strings.CutPrefix(n, cmp.Or(t.National, "0")); ok {
		return "+" + t.Country + rest
	}
	return n
}

// traffic counts the calls of each trunk, over reloads.
type traffic struct {
	mu     sync.Mutex
	trunks map[string]*use
}

type use struct {
	calls int
	limit int
	rate  *rate.Limiter
}

// enter takes the place of a call; leave gives it back. Not ok means that the trunk
// has as many calls as it may, or begins them too fast.
func (tr *traffic) enter(name string, t Trunk) (leave func(), ok bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	l := tr.trunks[name]
	if l == nil {
		l = &use{}
		if tr.trunks == nil {
			tr.trunks = map[string]*use{}
		}
		tr.trunks[name] = l
	}
	if l.limit != t.CallRate { // the first call, or after a reload
		l.limit, l.rate = t.CallRate, nil
		if t.CallRate > 0 {
			l.rate = rate.NewLimiter(rate.Limit(t.CallRate), t.CallRate)
		}
	}
	if t.Calls > 0 && l.calls >= t.Calls || l.rate != nil && !l.rate.Allow() {
		return nil, false
	}
	l.calls++
	return func() {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		l.calls--
	}, true
}

// count gives the calls of each trunk.
func (tr *traffic) count() map[string]int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	out := map[string]int{}
	for name, l := range tr.trunks {
		out[name] = l.calls
	}
	return out
}
