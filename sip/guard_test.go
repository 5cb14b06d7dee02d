package sip

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"
)

const plain = "OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP c.example;branch=z9hG4bK1\r\n" +
	"From: <sip:x@y.example>;tag=1\r\nTo: <sip:a@b.example>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 4\r\n\r\nbody"

func TestTheGuardBoundsSizeLinesAndSeparators(t *testing.T) {
	for name, head := range map[string]string{
		"head":       strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 20),
		"lines":      strings.Repeat("X: y\r\n", maxLines+1),
		"line":       "X: " + strings.Repeat("y", maxLine) + "\r\n",
		"separators": "X: " + strings.Repeat(";a", maxSeparators+1) + "\r\n",
		"in all":     strings.Repeat("X: "+strings.Repeat(";", maxSeparators)+"\r\n", maxInAll/maxSeparators+1),
	} {
		if _, err := cutDatagram([]byte(head + "\r\n")); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	for name, head := range map[string]string{"LF": "X: a\nY: b\r\n", "CR": "X: a\rb\r\n", "NUL": "X: \x00\r\n"} {
		if _, err := cutDatagram([]byte("OPTIONS sip:a SIP/2.0\r\n" + head + "\r\n")); !errors.Is(err, errControl) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := cutDatagram([]byte(plain + "and more")); err != nil || string(b) != plain {
		t.Errorf("bytes past the length: %v", err)
	}
	if _, err := cutDatagram([]byte(plain[:len(plain)-1])); !errors.Is(err, errLength) {
		t.Errorf("a body too short: %v", err)
	}
}

func TestAStreamIsCutAlikeHoweverItArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "messages")
		stream := strings.Repeat(plain, n)
		var pending []byte
		got := 0
		for len(stream) > 0 {
			k := rapid.IntRange(1, len(stream)).Draw(t, "bytes")
			pending = append(pending, stream[:k]...)
			stream = stream[k:]
			for {
				msg, rest, err := cutStream(pending)
				if err != nil {
					t.Fatal(err)
				}
				pending = rest
				if msg == nil {
					break
				}
				if string(msg) != plain {
					t.Fatalf("cut %q", msg)
				}
				got++
			}
		}
		if got != n || len(pending) != 0 {
			t.Fatalf("%d of %d messages, %d bytes left", got, n, len(pending))
		}
	})
}

// FuzzReceive asks of every datagram: nothing breaks, and what is taken for a
// request can be answered without a line break that is not ours.
func FuzzReceive(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP [::1]:5060;rport;branch=x,SIP/2.0/UDP z\r\nf: \"a\\\"b\" <sip:c@d;lr>;tag=1\r\n" +
		"t: <tel:+33>\r\ni: 2\r\nCSeq: 2 INVITE\r\nm: *\r\nRecord-Route: <sip:p;lr>,<sip:q>\r\nl: 0\r\n\r\n"))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("REGISTER sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: a <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n" +
		"Authorization: Digest username=\"a\", realm=\"callward\", nonce=\"x\", uri=\"sip:b\", response=\"0\", qop=auth, nc=00000001, cnonce=\"y\"\r\n" +
		"Contact: <sip:a@c>;expires=5\r\nReason: Q.850;cause=16\r\n\r\n"))
	f.Add(bindingRequest)
	f.Add(append(bytes.Clone(bindingRequest[:3]), append([]byte{8}, append(bytes.Clone(bindingRequest[4:]), 0x80, 0x22, 0, 3, 'a', 'b', 'c', 0)...)...))
	s := &Server{cfg: Config{}, parser: gosip.NewParser()}
	s.cfg, _ = Config{Listeners: []Listener{{Network: "udp"}}, Credentials: func(string) (string, bool) { return "x", true }}.withDefaults()
	s.phones = newRegistrar(s)
	f.Fuzz(func(t *testing.T, b []byte) {
		if isSTUN(b) {
			fuzzSTUN(t, b)
			return
		}
		msg, err := cutDatagram(b)
		if err != nil {
			return
		}
		whole, rest, err := cutStream(b)
		if err == nil && whole != nil && !bytes.HasSuffix(b, rest) {
			t.Fatal("the rest is not the end of the input")
		}
		parsed, err := s.parser.ParseSIP(msg)
		if err != nil {
			return
		}
		switch m := parsed.(type) {
		case *gosip.Request:
			fuzzRequest(t, s, m)
		case *gosip.Response:
			checkResponse(m)
			bestChallenge(m)
		}
	})
}

// fuzzSTUN asks that answers are small, and get none themselves.
func fuzzSTUN(t *testing.T, b []byte) {
	t.Helper()
	a := bindingAnswer(b, netip.AddrPortFrom(netip.IPv6Loopback(), 5060))
	if a != nil && (len(a) > 44 || !isSTUN(a) || bindingAnswer(a, netip.AddrPort{}) != nil) {
		t.Fatalf("answered with %x", a)
	}
}

func fuzzRequest(t *testing.T, s *Server, req *gosip.Request) {
	t.Helper()
	if checkRequest(req) == incomplete {
		return
	}
	_ = serverKey(req)
	_ = unsupported(req)
	_ = checkOffer(req)
	_ = mergeKey(req)
	_ = reasonOf(req, Normal)
	_, _ = s.phones.gate.check(req)
	_, _, _ = s.phones.wishes(req)
	b, err := encode(s.reply(req, 200, "tag"))
	if err != nil {
		return
	}
	head := b[:bytes.Index(b, []byte("\r\n\r\n"))]
	if lines, ok := countLines(head); !ok || lines+1 != len(s.reply(req, 200, "tag").Headers())+1 {
		t.Fatalf("a reply with %d lines", lines)
	}
}

func TestNoValueWithALineBreakGoesOut(t *testing.T) {
	evil := []string{"a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "a\r\n\r\nbody"}
	for _, v := range evil {
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "a", Host: "b"})
		req.AppendHeader(gosip.NewHeader("Subject", v))
		if _, err := encode(req); !errors.Is(err, ErrUnsafe) {
			t.Errorf("request header %q: %v", v, err)
		} else if !strings.Contains(err.Error(), "Subject") || strings.Contains(err.Error(), v) {
			t.Errorf("the error is %q", err)
		}
		res := gosip.NewResponse(200, "OK")
		res.AppendHeader(gosip.NewHeader("Reason", v))
		if _, err := encode(res); !errors.Is(err, ErrUnsafe) {
			t.Errorf("response header %q: %v", v, err)
		}
		if _, err := encode(gosip.NewResponse(200, v)); !errors.Is(err, ErrUnsafe) {
			t.Errorf("reason phrase %q: %v", v, err)
		}
		req = gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: v, Host: "b"})
		if _, err := encode(req); !errors.Is(err, ErrUnsafe) {
			t.Errorf("user %q: %v", v, err)
		}
		req = gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "a", Host: "b"})
		req.AppendHeader(&gosip.FromHeader{DisplayName: v, Address: gosip.Uri{Host: "b"}, Params: gosip.HeaderParams{{K: "tag", V: v}}})
		if _, err := encode(req); !errors.Is(err, ErrUnsafe) {
			t.Errorf("display name %q: %v", v, err)
		}
		req = gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "a", Host: "b"})
		req.AppendHeader(gosip.NewHeader("X-"+v, "x"))
		if _, err := encode(req); !errors.Is(err, ErrUnsafe) {
			t.Errorf("header name %q: %v", v, err)
		}
		for _, uri := range []string{"sip:" + v + "@b", "sip:a@" + v, "sip:a@b;x=" + v} {
			if _, err := parseURI(uri); !errors.Is(err, ErrUnsafe) {
				t.Errorf("address %q: %v", uri, err)
			}
		}
		req = gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "a", Host: "b"})
		if err := addHeaders(req, map[string]string{"X-A": v}); !errors.Is(err, ErrUnsafe) {
			t.Errorf("custom header %q: %v", v, err)
		}
	}
	req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", User: "a", Host: "b"})
	for _, name := range []string{"Via", "from", "X:", "X Y", "", "Content-Length"} {
		if err := addHeaders(req, map[string]string{name: "1"}); !errors.Is(err, ErrUnsafe) {
			t.Errorf("header named %q: %v", name, err)
		}
	}
	req.SetBody([]byte("a\r\n\x00b"))
	if b, err := encode(req); err != nil || !bytes.HasSuffix(b, []byte("a\r\n\x00b")) {
		t.Errorf("a body may hold anything: %v", err)
	}
}

func TestAddressesThatCouldBreakOutAreRefused(t *testing.T) {
	for _, uri := range []string{
		"", "sip:", "sip:*", "tel:+33", "http://x", "sip:a@b>;x", `sip:"a"@b`, "sip:a b@c", "sip:a@b SIP/2.0", "sip:a@b:x",
	} {
		if u, err := parseURI(uri); err == nil {
			t.Errorf("%q gives %+v", uri, u)
		}
	}
	u, err := parseURI("sip:a@b.example:5070;transport=tcp?Route=x")
	if err != nil || u.Headers != nil || u.Port != 5070 {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestCausesReadAndWriteReason(t *testing.T) {
	for c := Normal; c <= Shutdown; c++ {
		if c.String() == "" || c.Status() < 400 || checkText(c.Reason()) != nil {
			t.Errorf("cause %d is incomplete", c)
		}
	}
	for text, want := range map[string]Cause{
		`SIP;cause=200;text="Call completed elsewhere"`: Elsewhere,
		"Q.850 ; cause=17":  Busy,
		"Q.850;cause=16":    Declined,
		"SIP;cause=486":     Busy,
		"SIP":               Declined,
		"X.25;cause=17":     Declined,
		"Q.850;cause=99999": Declined,
		"":                  Declined,
	} {
		if got := causeOfReason(text, Declined); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	if Cause(200).String() != "unknown" {
		t.Error("an unknown cause has a name")
	}
}

// A line that begins with a blank goes on with the one before (RFC 3261 section 7.3.1).
func TestALengthIsReadOverTheFoldsOfAHead(t *testing.T) {
	for head, want := range map[string]int{
		"Subject: x\r\n Content-Length: 7\r\nContent-Length: 3\r\n\r\n": 3,
		"Subject: x\r\n\tl: 7\r\nl:\r\n 3\r\n\r\n":                      3,
		"Content-Length:\r\n\t 12\r\nX: y\r\n\r\n":                      12,
		"Content-Length: 1\r\n 2\r\n\r\n":                               -1,
		"Content-Length: 3\r\nSubject: x\r\n l: 9\r\nL: 4\r\n\r\n":      -1,
		"Subject: x\r\n Content-Length: 7\r\n\r\n":                      -2,
	} {
		n, ok, err := contentLength([]byte(head))
		switch {
		case err != nil:
			n = -1
		case !ok:
			n = -2
		}
		if n != want {
			t.Errorf("%q: %d, want %d", head, n, want)
		}
	}
}
