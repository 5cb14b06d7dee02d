package sdp

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// webLines is what matters of the offer of a browser that hides its addresses.
func webLines() []string {
	return []string{
		"a=group:BUNDLE 0", "a=msid-semantic: WMS", "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=candidate:1 1 udp 2113937151 7f1c2d1e-1a4c-4d3d-a7c4-2c4f7b6d5e4f.local 52331 typ host",
		"a=ice-ufrag:Yk2n", "a=ice-pwd:wcS8n/1wNf3q0GdQ7mLJtA+E", "a=ice-options:trickle",
		"a=fingerprint:sha-256 " + print32, "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux",
		"a=rtpmap:111 opus/48000/2", "a=rtpmap:126 telephone-event/8000",
	}
}

func without(lines []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(l, prefix) })
}

func TestABrowserIsAnsweredWithTheOneWayToUs(t *testing.T) {
	r, err := Parse(offer(webLines()...))
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv, Security: []Security{DTLS}, ICE: true})
	if err != nil || a.ICE != (ICE{"Yk2n", "wcS8n/1wNf3q0GdQ7mLJtA+E"}) || a.Remote.IsValid() || a.Direction != SendRecv {
		t.Fatalf("%v, agreed %+v", err, a)
	}
	l := us
	l.ICE, l.Handshake = ICE{"abcd", strings.Repeat("p", 22)}, Handshake{Hash: "sha-256", Fingerprint: print32, Setup: Passive}
	out, err := r.Answer(l, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"a=ice-lite", "a=group:BUNDLE 0", "m=audio 20000 UDP/TLS/RTP/SAVPF 0 126", "a=mid:0", "a=rtcp-mux", "a=setup:passive",
		"a=ice-ufrag:abcd", "a=ice-pwd:" + strings.Repeat("p", 22),
		"a=candidate:1 1 udp 2130706431 198.51.100.9 20000 typ host", "a=end-of-candidates",
	} {
		if !strings.Contains(string(out), "\r\n"+line+"\r\n") {
			t.Errorf("no %s in\n%s", line, out)
		}
	}
}

func TestAnOfferToABrowserNamesItsLine(t *testing.T) {
	l := us
	l.Profile, l.Mux, l.ICE = ProfileWeb, true, ICE{"abcd", strings.Repeat("p", 22)}
	out, err := Offer(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"a=ice-lite", "a=group:BUNDLE 0", "a=mid:0", "a=ice-ufrag:abcd"} {
		if !strings.Contains(string(out), "\r\n"+line+"\r\n") {
			t.Errorf("no %s in\n%s", line, out)
		}
	}
}

// An address that nobody has proved may be a victim's.
func TestAPeerThatProvesNothingIsSentNothing(t *testing.T) {
	lines := webLines()
	for name, in := range map[string][]string{
		"no fragment":        without(lines, "a=ice-ufrag"),
		"no password":        without(lines, "a=ice-pwd"),
		"a short password":   append(without(lines, "a=ice-pwd"), "a=ice-pwd:short"),
		"a strange one":      append(without(lines, "a=ice-pwd"), "a=ice-pwd:"+strings.Repeat("é", 20)),
		"reports apart":      without(lines, "a=rtcp-mux"),
		"who is lite itself": append([]string{"a=ice-lite"}, lines...),
	} {
		r, err := Parse(offer(in...))
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := r.Negotiate(Wants{Codecs: us.Codecs, Security: []Security{DTLS}, Direction: SendRecv, ICE: true}); !errors.Is(err, ErrSecurity) {
			t.Errorf("%s: %v", name, err)
		}
		if a, err := r.Negotiate(Wants{Codecs: us.Codecs, Security: []Security{DTLS}, Direction: SendRecv}); err == nil && a.Direction.Sends() {
			t.Errorf("%s: would send to %v", name, a.Remote)
		}
	}
}
