package sip_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// office is a server with a registrar that knows agent and secret.
type office struct {
	*siptest.Phone
	mu   sync.Mutex
	seen []sip.Binding
}

func newOffice(t *testing.T, set func(*sip.Config)) *office {
	t.Helper()
	o := &office{}
	o.Phone = siptest.NewPhone(t, "office", func(c *sip.Config) {
		short(c)
		c.Credentials = func(user string) (string, bool) { return "secret", user == "agent" }
		c.OnRegister = func(b sip.Binding) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.seen = append(o.seen, b)
		}
		if set != nil {
			set(c)
		}
	})
	return o
}

func (o *office) last() sip.Binding {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.seen) == 0 {
		return sip.Binding{}
	}
	return o.seen[len(o.seen)-1]
}

func TestARegisteredPhoneIsFoundCalledAndForgotten(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			o := newOffice(t, nil)
			agent := siptest.NewPhone(t, "agent", short)
			forget := agent.Login(o.Server, network, "secret")
			contact, ok := o.Locate("agent")
			if !ok || !strings.HasPrefix(contact, "sip:agent@127.0.0.1:") {
				t.Fatalf("located %q, %v", contact, ok)
			}
			if b := o.last(); b.User != "agent" || b.Contact != contact || b.Expires.IsZero() {
				t.Errorf("heard of %+v", b)
			}
			if o.Stats().Registrations != 1 || len(o.Bindings()) != 1 {
				t.Error("not counted")
			}
			taken := make(chan *sip.Leg, 1)
			go func() { taken <- agent.Answer() }()
			leg := o.Call(contact)
			if got := siptest.Next(t, taken).Transport(); got != network {
				t.Errorf("called over %s", got)
			}
			_ = leg.Hangup(t.Context(), sip.Normal)
			noDialogs(t, o.Server, agent.Server)
			forget()
			if _, ok := o.Locate("agent"); ok || o.Stats().Registrations != 0 || !o.last().Expires.IsZero() {
				t.Error("still registered")
			}
		})
	}
}

func TestAnUnknownUserAndAWrongPasswordGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	for _, c := range [][2]string{{"agent", "wrong"}, {"nobody", "secret"}} {
		p := siptest.NewPhone(t, c[0], short)
		err := p.Register(t.Context(), sip.Registration{Registrar: siptest.URI(o.Server, "", "udp"), User: c[0], Password: c[1]})
		var r *sip.Rejected
		if !errors.As(err, &r) || r.Code != 403 {
			t.Errorf("%v gives %v", c, err)
		}
	}
	var texts []string
	for _, user := range []string{"agent", "nobody"} {
		w := newRegistering(t, o.Server, user)
		text := string(w.try("SIP/2.0 401", ""))
		text += string(w.try("SIP/2.0 403", w.sign("not it", "MD5", 1)))
		for _, vary := range []string{w.Local(), user, w.id, w.nonce} {
			text = strings.ReplaceAll(text, vary, "*")
		}
		texts = append(texts, blankTags(text))
	}
	if texts[0] != texts[1] {
		t.Errorf("a known user is told apart:\n%s\n%s", texts[0], texts[1])
	}
}

func blankTags(s string) string {
	parts := strings.Split(s, "\r\n")
	for i, line := range parts {
		for _, cut := range []string{"rport=", "branch=", "tag="} {
			if at := strings.Index(line, cut); at >= 0 {
				line = line[:at]
			}
		}
		parts[i] = line
	}
	return strings.Join(parts, "\r\n")
}

// registering is a hand-written phone.
type registering struct {
	*siptest.Wire
	t               *testing.T
	user, id, nonce string
	contact         string // in place of its own address
	seq             int
}

func newRegistering(t *testing.T, at *sip.Server, user string) *registering {
	t.Helper()
	return &registering{Wire: siptest.NewWire(t, at, "udp"), t: t, user: user, id: rand.Text()}
}

// try sends REGISTER with more header lines and expects an answer.
func (r *registering) try(want, extra string) siptest.Message {
	r.t.Helper()
	r.seq++
	text := siptest.Request("REGISTER", "sip:"+r.user+"@office.example", "z9hG4bK"+newID(), r.id, "", r.seq, "Expires: 60\n"+extra)
	text = strings.Replace(text, "REGISTER sip:"+r.user+"@", "REGISTER sip:", 1)
	if r.contact != "" {
		text = strings.Replace(text, "<sip:caller@{local}{param}>", r.contact, 1)
	}
	r.Send(text)
	m := r.Expect("SIP/2.0")
	if !strings.HasPrefix(m.StartLine(), want) {
		r.t.Errorf("got %q, want %s", m.StartLine(), want)
	}
	if c, err := digest.ParseChallenge(m.Header("WWW-Authenticate")); err == nil {
		r.nonce = c.Nonce
	}
	return m
}

func (r *registering) sign(password, algorithm string, count int) string {
	r.t.Helper()
	cred, err := digest.Digest(
		&digest.Challenge{Realm: "callward", Nonce: r.nonce, Algorithm: algorithm, QOP: []string{"auth"}},
		digest.Options{Method: "REGISTER", URI: "sip:office.example", Username: r.user, Password: password, Count: count})
	if err != nil {
		r.t.Fatal(err)
	}
	return "Authorization: " + cred.String() + "\n"
}

func TestBothAlgorithmsAreOfferedTheStrongerFirstAndBothTaken(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	for _, alg := range []string{"SHA-256", "MD5"} {
		r := newRegistering(t, o.Server, "agent")
		m := r.try("SIP/2.0 401", "")
		hs := m.Headers("WWW-Authenticate")
		if len(hs) != 2 || !strings.Contains(hs[0], "SHA-256") || !strings.Contains(hs[1], "MD5") {
			t.Fatalf("challenges %q", hs)
		}
		ok := r.try("SIP/2.0 200", r.sign("secret", alg, 1))
		if c := ok.Header("Contact"); !strings.Contains(c, "expires=60") {
			t.Errorf("Contact %q", c)
		}
		r.try("SIP/2.0 200", r.sign("secret", alg, 2))
	}
}

func TestAnAlgorithmThatWasNotOfferedIsNotTaken(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.Algorithms = []string{"SHA-256"} })
	r := newRegistering(t, o.Server, "agent")
	if m := r.try("SIP/2.0 401", ""); len(m.Headers("WWW-Authenticate")) != 1 {
		t.Error("more than one challenge")
	}
	r.try("SIP/2.0 403", r.sign("secret", "MD5", 1))
	r.try("SIP/2.0 200", r.sign("secret", "SHA-256", 2))
	if _, err := sip.Listen(sip.Config{Listeners: []sip.Listener{{Network: "udp", Address: "127.0.0.1:0"}}, Algorithms: []string{"ROT13"}}); err == nil {
		t.Error("an unknown algorithm is configured")
	}
}

func TestANonceCountThatDoesNotRiseIsStale(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	r := newRegistering(t, o.Server, "agent")
	r.try("SIP/2.0 401", "")
	used := r.nonce
	r.try("SIP/2.0 200", r.sign("secret", "SHA-256", 5))
	for _, count := range []int{5, 4} {
		r.nonce = used
		if m := r.try("SIP/2.0 401", r.sign("secret", "SHA-256", count)); !strings.Contains(m.Header("WWW-Authenticate"), "stale=true") {
			t.Error("not said to be stale")
		}
	}
}

func TestAnOldNonceIsStaleAndAForgedOneIsNotTaken(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.Timers.Nonce = time.Millisecond })
	r := newRegistering(t, o.Server, "agent")
	r.try("SIP/2.0 401", "")
	time.Sleep(5 * time.Millisecond)
	if m := r.try("SIP/2.0 401", r.sign("secret", "MD5", 1)); !strings.Contains(m.Header("WWW-Authenticate"), "stale=true") {
		t.Error("not said to be stale")
	}
	r.nonce = "Zm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkZm8"
	if m := r.try("SIP/2.0 401", r.sign("secret", "MD5", 1)); strings.Contains(m.Header("WWW-Authenticate"), "stale") {
		t.Error("a forged nonce is said to be stale")
	}
}

func TestCredentialsAreGoodForTheirOwnUserAndRequestOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) {
		c.Credentials = func(user string) (string, bool) { return "secret", user == "agent" || user == "boss" }
	})
	r := newRegistering(t, o.Server, "agent")
	r.try("SIP/2.0 401", "")
	cred := r.sign("secret", "MD5", 1)
	r.user = "boss" // agent's credentials, boss's address
	r.try("SIP/2.0 403", cred)
	if _, ok := o.Locate("boss"); ok {
		t.Error("agent took over boss")
	}
	r.user = "agent"
	for name, change := range map[string][2]string{
		"no qop":        {"qop=auth, ", ""},
		"no count":      {"nc=00000002", "nc=00000000"},
		"another host":  {`uri="sip:office.example"`, `uri="sip:other.example"`},
		"other digest":  {"algorithm=MD5", "algorithm=SHA-512"},
		"another realm": {`realm="callward"`, `realm="elsewhere"`},
	} {
		m := r.try("SIP/2.0 40", strings.Replace(r.sign("secret", "MD5", 2), change[0], change[1], 1))
		if strings.HasPrefix(m.StartLine(), "SIP/2.0 200") {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestTheRegistrarFollowsTheRules(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.MinExpires = 30 * time.Second; c.MaxExpires = 50 * time.Second })
	r := newRegistering(t, o.Server, "agent")
	r.try("SIP/2.0 401", "")
	n := 0
	signed := func(extra string) string { n++; return r.sign("secret", "MD5", n) + extra }
	if m := r.try("SIP/2.0 200", signed("")); !strings.Contains(m.Header("Contact"), "expires=50") {
		t.Errorf("longer than allowed: %q", m.Header("Contact"))
	}
	if m := r.try("SIP/2.0 423", signed("Contact: <sip:a@192.0.2.1>;expires=5\n")); m.Header("Min-Expires") != "30" {
		t.Errorf("Min-Expires %q", m.Header("Min-Expires"))
	}
	r.try("SIP/2.0 400", signed("Contact: *\n"))
	r.try("SIP/2.0 400", signed("Contact: sip:a@192.0.2.1?Route=%3Csip:b%3E\n"))
	r.seq -= 4
	r.try("SIP/2.0 500", signed("")) // CSeq went back
	r.seq += 10
	var many strings.Builder
	for i := range 8 {
		fmt.Fprintf(&many, "Contact: <sip:a@192.0.2.%d>\n", i)
	}
	r.try("SIP/2.0 400", signed(many.String()))
	if len(o.Bindings()) != 1 {
		t.Errorf("%d bindings", len(o.Bindings()))
	}
	r.seq++
	text := siptest.Request("REGISTER", "sip:agent@office.example", "z9hG4bK"+newID(), r.id, "", r.seq, "Expires: 0\n"+signed(""))
	text = strings.Replace(text, "REGISTER sip:agent@", "REGISTER sip:", 1)
	r.Send(strings.Replace(text, "Contact: <sip:caller@{local}>", "Contact: *", 1))
	if m := r.Expect("SIP/2.0 200"); m.Header("Contact") != "" || len(o.Bindings()) != 0 {
		t.Error("a star did not remove everything")
	}
}

func TestABindingExpires(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.MinExpires = time.Millisecond })
	r := newRegistering(t, o.Server, "agent")
	r.try("SIP/2.0 401", "")
	cred := r.sign("secret", "MD5", 1)
	r.seq++
	text := siptest.Request("REGISTER", "sip:agent@office.example", "z9hG4bK"+newID(), r.id, "", r.seq, "Expires: 1\n"+cred)
	r.Send(strings.Replace(text, "REGISTER sip:agent@", "REGISTER sip:", 1))
	r.Expect("SIP/2.0 200")
	siptest.Eventually(t, "the hook hears of the end", func() bool { b := o.last(); return b.User == "agent" && b.Expires.IsZero() })
	if _, ok := o.Locate("agent"); ok {
		t.Error("still there")
	}
}

func TestARegistrationIsKeptAlive(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.MinExpires = time.Millisecond; c.MaxExpires = time.Second })
	agent := siptest.NewPhone(t, "agent", short)
	agent.Login(o.Server, "udp", "secret")
	inTime := func() (n int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for i, b := range o.seen {
			if i > 0 && !b.Expires.IsZero() && !o.seen[i-1].Expires.IsZero() {
				n++
			}
		}
		return n
	}
	siptest.Eventually(t, "two refreshes before the end of what they refresh", func() bool { return inTime() >= 2 })
	siptest.Eventually(t, "it is registered", func() bool { _, ok := o.Locate("agent"); return ok })
}

func TestARegistrationComesBackWhenTheRegistrarDoes(t *testing.T) {
	t.Parallel()
	agent := siptest.NewPhone(t, "agent", short)
	states := make(chan bool, 32)
	far := newFarEnd(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- agent.Register(ctx, sip.Registration{
			Registrar: "sip:" + far.conn.LocalAddr().String(), User: "agent", Password: "secret",
			OnState: func(ok bool, _ error) { states <- ok },
		})
	}()
	far.reply(far.expect("REGISTER"), 503, "x", "")
	if <-states {
		t.Fatal("registered by a 503")
	}
	req := far.expect("REGISTER")
	for strings.HasPrefix(req.Header("CSeq"), "1 ") { // a repeat of the first
		req = far.expect("REGISTER")
	}
	far.reply(req, 200, "x", "Contact: "+req.Header("Contact")+";expires=3600\r\n")
	if !siptest.Next(t, states) {
		t.Fatal("not registered by a 200")
	}
	cancel()
	last := far.expect("REGISTER")
	for last.Header("CSeq") == req.Header("CSeq") {
		last = far.expect("REGISTER")
	}
	if last.Header("Expires") != "0" {
		t.Errorf("Expires %q at the end", last.Header("Expires"))
	}
	far.reply(last, 200, "x", "")
	if err := siptest.Next(t, done); err != nil {
		t.Error(err)
	}
}

func TestACallAnswersAChallengeOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []int{401, 407} {
		alice := siptest.NewPhone(t, "alice", short)
		far := newFarEnd(t)
		header, answer := "WWW-Authenticate", "Authorization"
		if code == 407 {
			header, answer = "Proxy-Authenticate", "Proxy-Authorization"
		}
		got := make(chan *sip.Leg, 1)
		go func() {
			l, err := alice.Dial(t.Context(), sip.Invite{To: far.uri("bob"), SDP: siptest.SDP(3), User: "alice", Password: "pw"}, nil)
			if err != nil {
				t.Error(err)
			}
			got <- l
		}()
		challenge := header + `: Digest realm="far", nonce="n1", algorithm=SHA-256, qop="auth,auth-int"` + "\r\n"
		first := far.expect("INVITE")
		far.reply(first, code, "b", challenge)
		far.expect("ACK")
		second := far.expect("INVITE")
		for second.Header(answer) == "" {
			second = far.expect("INVITE")
		}
		cred, err := digest.ParseCredentials(second.Header(answer))
		if err != nil || cred.Username != "alice" || cred.Nc != 1 || second.Header("Call-ID") != first.Header("Call-ID") {
			t.Errorf("credentials %+v, %v", cred, err)
		}
		far.reply(second, 200, "b", "Contact: <"+far.uri("bob")+">\r\n")
		if ack := far.expect("ACK"); ack.Header(answer) != second.Header(answer) {
			t.Error("the ACK does not carry the credentials of its INVITE")
		}
		leg := siptest.Next(t, got)
		_ = leg.Hangup(t.Context(), sip.Normal)
		bye := far.expect("BYE")
		if c, err := digest.ParseCredentials(bye.Header(answer)); err != nil || c.Nc != 2 {
			t.Errorf("BYE with %q", bye.Header(answer))
		}
		// A challenge of another realm gets nothing.
		far.reply(bye, code, "b", strings.Replace(challenge, "far", "thief", 1))
		noDialogs(t, alice.Server)
		siptest.Eventually(t, "no transaction is left", func() bool { return alice.Stats().ClientTransactions == 0 })
	}
}

func TestAWrongPasswordIsNotTriedTwice(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	far := newFarEnd(t)
	failed := make(chan error, 1)
	go func() {
		_, err := alice.Dial(t.Context(), sip.Invite{To: far.uri("bob"), SDP: siptest.SDP(3), User: "alice", Password: "pw"}, nil)
		failed <- err
	}()
	challenge := `WWW-Authenticate: Digest realm="far", nonce="n1", qop="auth"` + "\r\n"
	far.reply(far.expect("INVITE"), 401, "b", challenge)
	far.expect("ACK")
	second := far.expect("INVITE")
	for second.Header("Authorization") == "" {
		second = far.expect("INVITE")
	}
	far.reply(second, 401, "b", challenge)
	var r *sip.Rejected
	if err := siptest.Next(t, failed); !errors.As(err, &r) || r.Code != 401 {
		t.Errorf("got %v", err)
	}
}

// atOnePlace registers two users with the same contact, as phones do that sit behind
// NATs with the same private addresses.
func atOnePlace(t *testing.T) (o *office, jean, eve *registering) {
	t.Helper()
	o = newOffice(t, func(c *sip.Config) {
		c.Credentials = func(string) (string, bool) { return "secret", true }
	})
	jean, eve = newRegistering(t, o.Server, "jean"), newRegistering(t, o.Server, "eve")
	for _, r := range []*registering{jean, eve} {
		r.contact = "<sip:phone@198.51.100.7>"
		r.try("SIP/2.0 401", "")
		r.try("SIP/2.0 200", r.sign("secret", "SHA-256", 1))
	}
	jean.try("SIP/2.0 200", jean.sign("secret", "SHA-256", 2)) // it stays the first
	return o, jean, eve
}

// What rings a phone goes the way its own registration came, not that of another
// user who claims to be in the same place.
func TestNobodyTakesOverTheContactOfAnother(t *testing.T) {
	t.Parallel()
	o, jean, eve := atOnePlace(t)
	go func() { _, _ = o.Dial(t.Context(), sip.Invite{To: "sip:phone@198.51.100.7", SDP: siptest.SDP(4)}, nil) }()
	jean.Expect("INVITE")
	eve.Silence(200 * time.Millisecond)
}

// Nor does whoever had the contact first get what is for the other, at any point of
// the call.
func TestEachOfTwoPhonesWithOneContactIsReached(t *testing.T) {
	t.Parallel()
	o, jean, eve := atOnePlace(t)
	for user, phones := range map[string][2]*registering{"jean": {jean, eve}, "eve": {eve, jean}} {
		phone, other := phones[0], phones[1]
		got := make(chan *sip.Leg, 1)
		go func() {
			leg, err := o.Dial(t.Context(), sip.Invite{Registered: user, SDP: siptest.SDP(4)}, nil)
			if err != nil {
				t.Error(err)
			}
			got <- leg
		}()
		inv := phone.Expect("INVITE sip:phone@198.51.100.7")
		phone.Send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s;tag=1\nCall-ID: %s\nCSeq: %s\nContact: %s\n",
			inv.Header("Via"), inv.Header("From"), inv.Header("To"), inv.Header("Call-ID"), inv.Header("CSeq"), phone.contact))
		phone.Expect("ACK")
		if leg := siptest.Next(t, got); leg != nil {
			_ = leg.Hangup(t.Context(), sip.Normal)
		}
		(&caller{Wire: phone.Wire}).reply(phone.Expect("BYE"), "200 OK")
		other.Silence(100 * time.Millisecond)
	}
	_, err := o.Dial(t.Context(), sip.Invite{Registered: "nobody", SDP: siptest.SDP(4)}, nil)
	if !errors.Is(err, sip.ErrUnregistered) {
		t.Errorf("a user without a phone: %v", err)
	}
}
