package sip_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// A vector is a message of a torture RFC, testdata/torture/<rfc>/<name>.sip, and
// what that RFC asks of who receives it.
type vector struct {
	name, section string

	// want is "rings", "silence", or the codes of which the answer has one; over
	// TCP it is tcp instead, if that says something: "closes", or "-" if the point
	// of the message is one of datagrams.
	want, tcp string

	login string   // who logs in when that is asked for; want is of the second answer
	says  []string // what stands in the answer, or in what rings
	known string   // why we do something else, and
	today string   // what that is
}

func rfc4475() []vector {
	return []vector{
		// 3.1.1: valid, though one would not think so.
		{name: "wsinv", section: "3.1.1.1", want: "481", says: []string{
			"branch=390skdjuw", "branch=z9hG4bK9ikj8", "branch=z9hG4bK30239", "CSeq: 9 INVITE", `"J Rosenberg \\\""`,
		}}, // its To has a tag, and we know no such dialog
		{name: "intmeth", section: "3.1.1.2", want: "405 501", says: []string{
			"139122385 !interesting-Method0123456789_*+`.%indeed'~", `word%ZK-!.*_+'@word` + "`" + `~)(><:\/"][?}{`, "BEL:\\\a NUL:\\\x00 DEL:\\\x7f",
		}},
		{name: "esc01", section: "3.1.1.3", want: "rings", says: []string{"called sips:user@example.com", "caller I have spaces"}},
		{name: "escnull", section: "3.1.1.4", want: "200", login: "null-%00-null", says: []string{"<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"}},
		{name: "esc02", section: "3.1.1.5", want: "405 501", says: []string{"29344 RE%47IST%45R", `"%Z%45"`, "branch=z9hG4bK209%fzsnel234"}},
		{name: "lwsdisp", section: "3.1.1.6", want: "200", says: []string{"<sip:caller@example.com>"}},
		{name: "longreq", section: "3.1.1.7", want: "rings", says: []string{"caller amazinglylongcallername"}},
		{name: "dblreq", section: "3.1.1.8", want: "200", tcp: "-", login: "j.user", says: []string{"dblreq.0ha0isndaksdj99sdfafnl3lk233412"}},
		{name: "semiuri", section: "3.1.1.9", want: "200"},
		{name: "transports", section: "3.1.1.10", want: "200", says: []string{"SIP/2.0/SCTP t2", "SIP/2.0/TLS t3", "SIP/2.0/UNKNOWN t4", "SIP/2.0/TCP t5"}},
		{name: "mpart01", section: "3.1.1.11", want: "405 501", says: []string{"Allow"}},
		{name: "unreason", section: "3.1.1.12", want: "silence"}, // no request of ours; see TestTheResponsesOfRFC4475
		{name: "noreason", section: "3.1.1.13", want: "silence"},
		// 3.1.2: invalid.
		{name: "badinv01", section: "3.1.2.1", want: "400", tcp: "400"},
		{name: "clerr", section: "3.1.2.2", want: "400", tcp: "-"},
		{name: "ncl", section: "3.1.2.3", want: "400", tcp: "closes"},
		{name: "scalar02", section: "3.1.2.4", want: "400"},
		{name: "scalarlg", section: "3.1.2.5", want: "silence"},
		{name: "quotbal", section: "3.1.2.6", want: "400"},
		{name: "ltgtruri", section: "3.1.2.7", want: "400"},
		{name: "lwsruri", section: "3.1.2.8", want: "400"},
		{name: "lwsstart", section: "3.1.2.9", want: "400"},
		{name: "trws", section: "3.1.2.10", want: "400"},
		{name: "escruri", section: "3.1.2.11", want: "400"},
		{name: "baddate", section: "3.1.2.12", want: "rings 400"}, // who needs no Date may overlook it
		{name: "regbadct", section: "3.1.2.13", want: "400", login: "user"},
		{name: "badaspec", section: "3.1.2.14", want: "400"},
		{name: "baddn", section: "3.1.2.15", want: "200 400"}, // the meaning can be guessed
		{name: "badvers", section: "3.1.2.16", want: "505"},
		{name: "mismatch01", section: "3.1.2.17", want: "400"},
		{name: "mismatch02", section: "3.1.2.18", want: "400 501"},
		{name: "bigcode", section: "3.1.2.19", want: "silence"},
		// 3.2: transactions.
		{name: "badbranch", section: "3.2.1", want: "200 400"},
		// 3.3: what a user agent makes of it.
		{name: "insuf", section: "3.3.1", want: "400"},
		{name: "unkscm", section: "3.3.2", want: "416"},
		{name: "novelsc", section: "3.3.3", want: "416"},
		{name: "unksm2", section: "3.3.4", want: "400"},
		{name: "bext01", section: "3.3.5", want: "420", says: []string{"Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"}},
		{name: "invut", section: "3.3.6", want: "415", says: []string{"Accept: application/sdp"}},
		{name: "regaut01", section: "3.3.7", want: "401", says: []string{"WWW-Authenticate: Digest"}},
		{name: "multi01", section: "3.3.8", want: "400"},
		{name: "mcl01", section: "3.3.9", want: "400", tcp: "closes"},
		{name: "bcast", section: "3.3.10", want: "silence"},
		{name: "zeromf", section: "3.3.11", want: "200"}, // nothing is forwarded
		{name: "cparam01", section: "3.3.12", want: "200", login: "watson", says: []string{"Contact: <sip:+19725552222@gw1.example.net>;"}},
		{name: "cparam02", section: "3.3.13", want: "200", login: "watson", says: []string{"<sip:+19725552222@gw1.example.net;unknownparam>;"}},
		{
			name: "regescrt", section: "3.3.14", want: "200", login: "user", today: "400",
			known: "a contact that would write headers into our requests is not taken (RFC 3261 section 19.1.5)",
		},
		{name: "sdp01", section: "3.3.15", want: "406 400"},
		// 3.4: of before RFC 3261. It has no length, which TCP needs.
		{name: "inv2543", section: "3.4.1", want: "rings", tcp: "closes"},
	}
}

// rfc5118 are its messages; those with a body have the length of that body, which
// the RFC miscounts.
func rfc5118() []vector {
	sdp := "o=assistant 971731711378798081 0 IN IP6 "
	return []vector{
		{name: "ipv6-good", section: "4.1", want: "200", login: "user", says: []string{"Via: SIP/2.0/UDP [2001:db8::9:1];", "<sip:caller@[2001:db8::1]>"}},
		{name: "ipv6-bad", section: "4.2", want: "400"},
		{name: "port-ambiguous", section: "4.3", want: "200", login: "user"},
		{name: "port-unambiguous", section: "4.4", want: "200", login: "user"},
		{name: "via-received-param-with-delim", section: "4.5", want: "481", says: []string{"received=::1"}},
		{name: "via-received-param-no-delim", section: "4.5", want: "200", says: []string{"received=::1"}},
		{name: "ipv6-in-sdp", section: "4.6", want: "rings", says: []string{sdp + "2001:db8::20"}},
		{name: "mult-ip-in-header", section: "4.7", want: "481", says: []string{
			"SIP/2.0/UDP [2001:db8::9:1]:6050;", "SIP/2.0/UDP 192.0.2.1;", "SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
		}},
		{name: "mult-ip-in-sdp", section: "4.8", want: "rings", says: []string{"c=IN IP6 2001:db8::1", "c=IN IP4 192.0.2.1"}},
		{name: "ipv4-mapped-ipv6", section: "4.9", want: "rings", says: []string{sdp + "::ffff:192.0.2.2"}},
		{name: "ipv6-bug-abnf-3-colons", section: "4.10", want: "200"},
		{name: "ipv6-correct-abnf-2-colons", section: "4.10", want: "200", says: []string{"<sip:user@[2001:db8::192.0.2.1]>"}},
	}
}

func TestTheMessagesOfRFC4475AreTakenAsItSays(t *testing.T) {
	torture(t, "rfc4475", rfc4475(), "127.0.0.1:0")
}

func TestTheMessagesOfRFC5118AreTakenAsItSays(t *testing.T) {
	c, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		t.Skipf("SKIPPED: there is no IPv6 loopback: %v", err)
	}
	_ = c.Close()
	torture(t, "rfc5118", rfc5118(), "[::1]:0")
}

// torture sends each vector over UDP and TCP. After each the server answers still,
// and holds nothing.
func torture(t *testing.T, rfc string, vectors []vector, address string) {
	t.Helper()
	files, err := filepath.Glob("testdata/torture/" + rfc + "/*.sip")
	if err != nil || len(files) != len(vectors) {
		t.Fatalf("%d files of %d vectors: %v", len(files), len(vectors), err)
	}
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { forgetful(c, address) })
	for _, v := range vectors {
		for network, want := range map[string]string{"udp": v.want, "tcp": v.tcp} {
			if want == "" {
				want = v.want
			}
			if want != "-" {
				t.Run(v.name+"/"+network, func(t *testing.T) {
					v.play(t, bob, network, want, loadVector(t, rfc, v.name))
				})
			}
		}
	}
}

// forgetful gives a registrar of user names that all have the password secret, and
// whose memory is short.
func forgetful(c *sip.Config, address string) {
	short(c)
	c.Timers.T1, c.Timers.T2, c.Timers.T4 = 2*time.Millisecond, 16*time.Millisecond, 4*time.Millisecond
	c.Listeners = []sip.Listener{{Network: "udp", Address: address}, {Network: "tcp", Address: address}}
	c.Credentials = func(string) (string, bool) { return "secret", true }
	c.MinExpires, c.MaxExpires = time.Millisecond, 50*time.Millisecond
}

// loadVector reads a message. Unless it is stored as it is sent, it is stored with LF for CRLF.
func loadVector(tb testing.TB, rfc, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "torture", rfc, name+".sip"))
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Contains(b, []byte("\r\n")) {
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
	}
	return b
}

var topVia = regexp.MustCompile(`(?i)(\r\n(?:via|v)[ \t]*:\s*SIP\s*/\s*[\d.]+\s*/\s*\w+\s+)([^\s;,]+)`)

// withRport asks for the answer to come back: no vector has the address of a test
// in its Via.
func withRport(b []byte) []byte {
	if at := topVia.FindSubmatchIndex(b); at != nil && !bytes.Contains(b, []byte(";rport")) {
		return slices.Concat(b[:at[5]], []byte(";rport"), b[at[5]:])
	}
	return b
}

func (v vector) play(t *testing.T, bob *siptest.Phone, network, want string, msg []byte) {
	t.Helper()
	if network == "udp" {
		msg = withRport(msg)
	}
	w := siptest.NewWire(t, bob.Server, network)
	got, answer := provoke(t, w, bob, msg)
	if v.login != "" && got == "401" {
		got, answer = provoke(t, w, bob, signed(t, msg, answer, v.login))
	}
	switch as := slices.Contains(strings.Fields(want), got); {
	case v.known != "" && got == v.today:
		t.Logf("known: RFC section %s asks for %s, and we say %s: %s", v.section, want, got, v.known)
	case v.known != "" && as:
		t.Errorf("no longer known: it is %s, as it should be", got)
	case !as:
		t.Errorf("section %s asks for %s, not %s\n%s", v.section, want, got, answer)
	case got != "silence" && got != "closes":
		for _, text := range v.says {
			if !strings.Contains(string(answer), text) {
				t.Errorf("%q is not in\n%s", text, answer)
			}
		}
	}
	siptest.Eventually(t, "nothing is left", func() bool { return nothingLeft(bob.Server) })
	alive(t, bob.Server)
}

func nothingLeft(s *sip.Server) bool {
	st := s.Stats()
	return st.Dialogs == 0 && st.ServerTransactions == 0 && st.ClientTransactions == 0 && st.Registrations == 0
}

// provoke sends a message and tells what comes of it. One OPTIONS follows on the
// same wire: what is not answered before that is not answered.
func provoke(t *testing.T, w *siptest.Wire, bob *siptest.Phone, msg []byte) (got string, answer siptest.Message) {
	t.Helper()
	probe := newID()
	w.Try(msg)
	w.Try(w.Message(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), probe, "", 1, "")))
	got = "silence"
	for {
		m, ok := w.Next(siptest.Patience)
		switch {
		case !ok:
			return "closes", ""
		case m.Header("Call-ID") == probe:
			if bob.Stats().Dialogs > 0 {
				return "rings", refuseRinging(t, w, bob)
			}
			return got, answer
		case strings.HasPrefix(string(m), "SIP/2.0 100"):
			continue
		}
		if err := wellFormed(m); err != nil {
			t.Errorf("%v:\n%s", err, m)
		}
		if n := strings.Count(string(m), "Via: ") + strings.Count(string(m), "\r\nv: "); n != countVias(msg) {
			t.Errorf("%d Via headers of %d came back", n, countVias(msg))
		}
		got, answer = strings.Fields(m.StartLine())[1], m
	}
}

var anyVia = regexp.MustCompile(`SIP\s*/\s*\d\.0\s*/\s*[A-Z]`)

func countVias(msg []byte) int {
	head, _, _ := bytes.Cut(msg, []byte("\r\n\r\n"))
	return len(anyVia.FindAll(head, -1))
}

// refuseRinging ends the call that rings, and tells what it looks like.
func refuseRinging(t *testing.T, w *siptest.Wire, bob *siptest.Phone) siptest.Message {
	t.Helper()
	leg := bob.Ring()
	_ = leg.Reject(t.Context(), sip.Busy)
	final := w.Expect("SIP/2.0 486")
	if err := wellFormed(final); err != nil {
		t.Errorf("%v:\n%s", err, final)
	}
	w.Try(ackOf(final))
	return siptest.Message(fmt.Sprintf("called %s\ncaller %s\n%s", leg.Called(), leg.Caller(), leg.Offer()))
}

// ackOf acknowledges a refusal.
func ackOf(final siptest.Message) []byte {
	seq, _, _ := strings.Cut(final.Header("CSeq"), " ")
	return []byte(fmt.Sprintf("ACK sip:bob@x.example SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s ACK\r\nContent-Length: 0\r\n\r\n",
		final.Header("Via"), final.Header("From"), final.Header("To"), final.Header("Call-ID"), seq))
}

// signed is a request with the credentials that an answer asked for.
func signed(t *testing.T, msg []byte, answer siptest.Message, user string) []byte {
	t.Helper()
	chal, err := digest.ParseChallenge(answer.Header("WWW-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	line, rest, _ := bytes.Cut(msg, []byte("\r\n"))
	cred, err := digest.Digest(chal, digest.Options{
		Method: "REGISTER", URI: strings.Fields(string(line))[1], Username: user, Password: "secret", Count: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "%s\r\nAuthorization: %s\r\n%s", line, cred, rest)
}

var statusLine = regexp.MustCompile(`^SIP/2\.0 (1|2|4|5|6)\d\d [^\r\n]+$`)

// wellFormed reports what an answer must not look like, whatever it answers.
func wellFormed(m siptest.Message) error {
	head, body, whole := strings.Cut(string(m), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	if !whole || !statusLine.MatchString(lines[0]) {
		return fmt.Errorf("its first line is %q", lines[0])
	}
	for _, line := range lines[1:] {
		if name, _, ok := strings.Cut(line, ":"); !ok || name == "" || strings.ContainsAny(line, "\r\n") {
			return fmt.Errorf("it has a line %q", line)
		}
	}
	if n, err := strconv.Atoi(m.Header("Content-Length")); err != nil || n != len(body) {
		return fmt.Errorf("its length is %q, of %d bytes", m.Header("Content-Length"), len(body))
	}
	to := m.Header("To") + m.Header("t")
	if to != "" && !strings.Contains(to, "tag=") && !strings.HasPrefix(lines[0], "SIP/2.0 100") {
		return fmt.Errorf("it has no tag in To")
	}
	return nil
}

// TestTheResponsesOfRFC4475 lets them answer an INVITE of ours. What a response
// must have to be one to it is taken from the INVITE, unless it is the point.
func TestTheResponsesOfRFC4475(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]string{ // what is left as it is
		"unreason": "", "noreason": "", "bigcode": "", "scalarlg": "CSeq", "bcast": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := siptest.NewPhone(t, "alice", short) // with time for a busy machine to answer the INVITE
			far := newFarEnd(t)
			ended := make(chan error, 1)
			go func() {
				l, err := alice.Dial(t.Context(), sip.Invite{To: far.uri("bob"), SDP: siptest.SDP(3)}, nil)
				if err == nil && !strings.Contains(string(l.Remote()), "o=mhandley 29739 7272939 IN IP4 192.0.2.198") {
					err = fmt.Errorf("the answer is %q", l.Remote())
				}
				ended <- err
			}()
			inv := far.expect("INVITE")
			far.send(asAnswerTo(inv, loadVector(t, "rfc4475", name), own, far.uri("bob")))
			if name == "unreason" {
				far.expect("ACK")
				if err := siptest.Next(t, ended); err != nil {
					t.Error(err)
				}
				return
			}
			if name == "noreason" { // then the INVITE is not said again
				far.expectSilence(30 * time.Millisecond)
			} else {
				far.expect("INVITE")
			}
			far.reply(inv, 486, "b", "")
			far.expect("ACK")
			if err := siptest.Next(t, ended); err == nil || !strings.Contains(err.Error(), "486") {
				t.Errorf("the call ended with %v", err)
			}
			siptest.Eventually(t, "nothing is left", func() bool { return nothingLeft(alice.Server) })
		})
	}
}

// asAnswerTo puts what identifies an INVITE into a response.
func asAnswerTo(inv siptest.Message, b []byte, own, contact string) []byte {
	text := string(b)
	for header, value := range map[string]string{
		"Via": inv.Header("Via"), "From": inv.Header("From"), "To": inv.Header("To") + ";tag=2229", "Call-ID": inv.Header("Call-ID"),
		"CSeq": inv.Header("CSeq"), "Contact": "<" + contact + ">",
	} {
		if at := strings.Index(text, "\r\n"+header+": "); at >= 0 && header != own {
			at += len("\r\n" + header + ": ")
			end := at + strings.Index(text[at:], "\r\n")
			text = text[:at] + value + text[end:]
		}
	}
	return []byte(text)
}
