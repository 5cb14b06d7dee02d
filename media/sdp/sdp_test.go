package sdp

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func body(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

func offer(audio ...string) []byte {
	return body(append([]string{
		"v=0", "o=alice 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
	}, audio...)...)
}

var us = Local{
	Session: 7, Version: 1, Address: netip.MustParseAddrPort("198.51.100.9:20000"),
	Codecs: []string{PCMA, PCMU}, Direction: SendRecv,
}

func answer(t *testing.T, in []byte) (Agreed, string) {
	t.Helper()
	r, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv})
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Answer(us, a)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(out)
}

func TestAnswerTakesTheFirstCommonCodecUnderThePeersNumbers(t *testing.T) {
	a, out := answer(t, offer("m=audio 4000 RTP/AVP 9 0 8 97",
		"a=rtpmap:9 G722/8000", "a=rtpmap:97 telephone-event/8000", "a=fmtp:97 0-16", "a=ptime:30"))
	if a.Codec != (Format{PCMU, 0, 8000}) || a.Events == nil || a.Events.Payload != 97 {
		t.Errorf("agreed %+v", a)
	}
	if a.Remote != netip.MustParseAddrPort("192.0.2.1:4000") || a.Ptime != 30*time.Millisecond {
		t.Errorf("agreed %+v", a)
	}
	want := string(body(
		"v=0", "o=- 7 1 IN IP4 198.51.100.9", "s=-", "c=IN IP4 198.51.100.9", "t=0 0",
		"m=audio 20000 RTP/AVP 0 97",
		"a=rtpmap:0 PCMU/8000", "a=rtpmap:97 telephone-event/8000", "a=fmtp:97 0-15",
		"a=ptime:20", "a=maxptime:60", "a=sendrecv"))
	if out != want {
		t.Errorf("answer:\n%s\nwant:\n%s", out, want)
	}
}

func TestOtherLinesAreRefusedWithPortZeroInTheirPlace(t *testing.T) {
	_, out := answer(t, offer(
		"m=video 5000 RTP/AVP 96", "a=rtpmap:96 H264/90000",
		"m=audio 4002 RTP/SAVP 8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
		"m=audio 4000 RTP/AVP 8",
		"m=audio 4004 RTP/AVP 0"))
	var media []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "m=") {
			media = append(media, strings.TrimSpace(line))
		}
	}
	want := []string{"m=video 0 RTP/AVP 96", "m=audio 0 RTP/SAVP 8", "m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/AVP 0"}
	if strings.Join(media, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", media, want)
	}
}

func TestHoldIsMirrored(t *testing.T) {
	for _, c := range []struct {
		offered string
		ours    Direction
	}{
		{"a=sendrecv", SendRecv},
		{"a=sendonly", RecvOnly},
		{"a=recvonly", SendOnly},
		{"a=inactive", Inactive},
		{"a=x-other", SendRecv},
	} {
		a, out := answer(t, offer("m=audio 4000 RTP/AVP 8", c.offered))
		if a.Direction != c.ours || !strings.Contains(out, "a="+c.ours.String()) {
			t.Errorf("%s gave %v:\n%s", c.offered, a.Direction, out)
		}
	}
}

func TestAnUnspecifiedAddressHolds(t *testing.T) {
	a, _ := answer(t, offer("m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"))
	if a.Direction.Sends() || a.Remote.IsValid() {
		t.Errorf("agreed %+v, want nothing to be sent", a)
	}
}

func TestReportsGoWhereThePeerWantsThemIfItIsThePeer(t *testing.T) {
	for want, lines := range map[string][]string{
		"192.0.2.1:4001":     {"m=audio 4000 RTP/AVP 8"},
		"192.0.2.1:4000":     {"m=audio 4000 RTP/AVP 8", "a=rtcp:4000", "a=rtcp-mux"},
		"192.0.2.1:5003":     {"m=audio 4000 RTP/AVP 8", "a=rtcp:5003"},
		"192.0.2.1:5005":     {"m=audio 4000 RTP/AVP 8", "a=rtcp:5005 IN IP4 192.0.2.1"},
		"invalid AddrPort":   {"m=audio 4000 RTP/AVP 8", "a=rtcp:5005 IN IP4 203.0.113.4"},
		"invalid AddrPort ":  {"m=audio 4000 RTP/AVP 8", "a=rtcp:x"},
		"invalid AddrPort  ": {"m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"},
	} {
		a, out := answer(t, offer(lines...))
		if got := a.Control.String(); got != strings.TrimSpace(want) {
			t.Errorf("%q: reports go to %s, want %s", lines, got, want)
		}
		if a.Mux != strings.Contains(out, "a=rtcp-mux\r\n") {
			t.Errorf("%q: answered\n%s", lines, out)
		}
	}
}

func TestDirectionOfTheSessionHoldsForItsMedia(t *testing.T) {
	in := body("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "a=sendonly", "m=audio 4000 RTP/AVP 8")
	if a, _ := answer(t, in); a.Direction != RecvOnly {
		t.Errorf("direction %v", a.Direction)
	}
}

func TestNothingInCommon(t *testing.T) {
	for name, in := range map[string][]byte{
		"codec":    offer("m=audio 4000 RTP/AVP 9 18"),
		"remapped": offer("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 L16/44100"),
		"savp":     offer("m=audio 4000 RTP/SAVP 0"),
		"port 0":   offer("m=audio 0 RTP/AVP 0"),
		"no media": offer(),
		"video":    offer("m=video 4000 RTP/AVP 0"),
	} {
		r, err := Parse(in)
		if err == nil {
			_, err = r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv})
		}
		want := ErrNoCommonCodec
		if name == "savp" {
			want = ErrSecurity
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestAddressesThatAreNoUnicastIPAreRefused(t *testing.T) {
	for _, c := range []string{"IN IP4 224.2.1.1/127", "IN IP4 224.0.0.1", "IN IP6 ff02::1", "IN IP4 host.example.com", "IN IP4 255.255.255.255", "IN IP6 fe80::1%eth0"} {
		_, err := Parse(offer("m=audio 4000 RTP/AVP 8", "c="+c))
		if !errors.Is(err, ErrAddress) && !errors.Is(err, ErrMalformed) {
			t.Errorf("c=%s: %v", c, err)
		}
	}
}

func TestSizesAreCapped(t *testing.T) {
	many := func(n int, line string) []byte {
		return offer(append([]string{"m=audio 4000 RTP/AVP 8"}, strings.Split(strings.Repeat(line+"\n", n-1)+line, "\n")...)...)
	}
	for name, in := range map[string][]byte{
		"body":       append(offer("m=audio 4000 RTP/AVP 8"), bytes.Repeat([]byte("b"), MaxBody)...),
		"media":      many(MaxMedia, "m=audio 4000 RTP/AVP 8"),
		"attributes": many(MaxAttributes+1, "a=x"),
	} {
		if _, err := Parse(in); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
	}
	if _, err := Parse(many(MaxAttributes, "a=x")); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestErrorsDoNotQuoteThePeer(t *testing.T) {
	_, err := Parse([]byte("v=0\r\no=4929123456789012\r\n"))
	if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "4929") {
		t.Errorf("error %v", err)
	}
}

func TestWhatWeOfferWeUnderstand(t *testing.T) {
	for _, addr := range []string{"198.51.100.9:20000", "[2001:db8::1]:20002"} {
		l := us
		l.Address = netip.MustParseAddrPort(addr)
		out, err := Offer(l)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Parse(out)
		if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		line := r.lines[0]
		if r.Address() != l.Address || len(line.codecs) != 2 || line.codecs[0].Name != PCMA || len(line.events) != 1 || line.events[0].Payload != 101 {
			t.Errorf("read back %+v", r)
		}
	}
}

// Each codec is offered and answered with the events of its own clock.
func TestWidebandIsAgreedOn(t *testing.T) {
	us := us
	us.Codecs = Codecs()
	out, err := Offer(us)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a=rtpmap:9 G722/8000\r\n", "a=rtpmap:107 opus/48000/2\r\n", "a=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:110 telephone-event/48000\r\n", "a=fmtp:107 "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for name, test := range map[string]struct {
		lines  []string
		codec  Format
		events uint8
	}{
		"g722":     {[]string{"m=audio 4000 RTP/AVP 9 8 101", "a=rtpmap:101 telephone-event/8000"}, Format{G722, 9, 8000}, 101},
		"opus":     {[]string{"m=audio 4000 RTP/AVP 111 0 126 110", "a=rtpmap:111 OPUS/48000/2", "a=rtpmap:126 telephone-event/8000", "a=rtpmap:110 telephone-event/48000"}, Format{Opus, 111, 48000}, 110},
		"old keys": {[]string{"m=audio 4000 RTP/AVP 111 101", "a=rtpmap:111 opus/48000/2", "a=rtpmap:101 telephone-event/8000"}, Format{Opus, 111, 48000}, 101},
		"no opus":  {[]string{"m=audio 4000 RTP/AVP 111 112 8", "a=rtpmap:111 opus/48000", "a=rtpmap:112 opus/16000/2"}, Format{PCMA, 8, 8000}, 0},
	} {
		r, err := Parse(offer(test.lines...))
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv})
		if err != nil {
			t.Fatal(err)
		}
		got := uint8(0)
		if a.Events != nil {
			got = a.Events.Payload
		}
		if a.Codec != test.codec || got != test.events {
			t.Errorf("%s: agreed on %+v with events %d", name, a.Codec, got)
		}
		out, err := r.Answer(us, a)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(out), "rtpmap") > 2 {
			t.Errorf("%s: answered\n%s", name, out)
		}
	}
}

// Whose order of codecs decides is for the caller of Negotiate to say.
func TestTheOrderOfCodecs(t *testing.T) {
	r, err := Parse(offer("m=audio 4000 RTP/AVP 111 0 8", "a=rtpmap:111 opus/48000/2"))
	if err != nil {
		t.Fatal(err)
	}
	for ours, want := range map[bool]string{false: Opus, true: PCMA} {
		a, err := r.Negotiate(Wants{Codecs: []string{PCMA, PCMU, Opus}, Ours: ours, Direction: SendRecv})
		if err != nil || a.Codec.Name != want {
			t.Errorf("ours %v: agreed on %+v, %v", ours, a.Codec, err)
		}
	}
	if _, err := r.Negotiate(Wants{Codecs: []string{G722}, Ours: true}); !errors.Is(err, ErrNoCommonCodec) {
		t.Errorf("without one in common: %v", err)
	}
}

// Whatever the peer sends, we answer with something that parses, as many lines
// as were offered, and one of them ours; and we send nowhere but to a unicast
// address.
func FuzzAnswer(f *testing.F) {
	f.Add(offer("m=audio 4000 RTP/AVP 9 0 8 97", "a=rtpmap:97 telephone-event/8000", "a=ptime:30"))
	f.Add(offer("m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0", "a=sendonly"))
	f.Add(offer("m=audio 4000/2 RTP/AVP 0 0 0", "c=IN IP6 ::1"))
	f.Add(offer("m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key30+"|2^31"))
	f.Add(offer("a=fingerprint:sha-256 "+print32, "m=audio 4000 UDP/TLS/RTP/SAVPF 0", "a=setup:actpass", "a=rtcp-mux"))
	f.Add(offer(webLines()...))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Parse(in)
		if err != nil {
			return
		}
		a, err := r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv, Security: []Security{SDES, DTLS, Plain}})
		if err != nil {
			return
		}
		l := us
		switch a.Security {
		case SDES:
			l.Keys = []Crypto{a.Key}
		case DTLS:
			l.Handshake = Handshake{Hash: "sha-256", Fingerprint: print32, Setup: Active}
		case Plain:
			if mustProtect(a.Profile()) {
				t.Fatalf("plain sound for\n%s", in)
			}
		}
		if a.Remote.IsValid() && (a.Remote.Addr().IsMulticast() || a.Remote.Port() == 0) || a.Direction.Sends() && !a.Remote.IsValid() && a.ICE == (ICE{}) {
			t.Fatalf("would send to %v", a.Remote)
		}
		out, err := r.Answer(l, a)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(out)
		if err != nil {
			t.Fatalf("%v in our answer\n%s", err, out)
		}
		if len(back.desc.MediaDescriptions) != len(r.desc.MediaDescriptions) || back.lines[0].index != a.line.index {
			t.Fatalf("offer\n%s\nanswer\n%s", in, out)
		}
		if back.lines[0].codecs[0] != a.Codec || back.Address() != us.Address {
			t.Fatalf("answer\n%s", out)
		}
		if b, err := back.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv, Security: []Security{a.Security}}); err != nil || b.Key.Tag != a.Key.Tag {
			t.Fatalf("%v: answer\n%s", err, out)
		}
	})
}
