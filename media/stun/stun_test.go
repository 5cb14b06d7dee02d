package stun

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/netip"
	"strings"
	"testing"
)

// vector is the sample request of RFC 5769 section 2.1.
const (
	vector = `00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
		80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
		00 24 00 04 6e 00 01 ff
		80 29 00 08 93 2f f9 b1 51 26 3b 36
		00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
		00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
		80 28 00 04 e5 7a 3b cf`
	vectorUser     = "evtj"
	vectorPassword = "VOkJxbRl1RmTxUk/WvJxBt" //nolint:gosec // of the RFC
)

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// marked gives a request a new length and mark, as who may not sign it still can.
func marked(b []byte) []byte {
	b = bytes.Clone(b[:len(b)-printSize])
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-headSize+printSize))
	mark := crc32.ChecksumIEEE(b) ^ printMask
	b = append(b, 0x80, 0x28, 0, 4)
	return binary.BigEndian.AppendUint32(b, mark)
}

func TestTheRequestOfTheRFCIsAnswered(t *testing.T) {
	for _, from := range []string{"192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"} {
		b, peer := unhex(t, vector), netip.MustParseAddrPort(from)
		out, c, ok := New(vectorUser, vectorPassword).Answer(nil, b, peer)
		if !ok || c.Nominates {
			t.Fatalf("answered: %v, nominates: %v", ok, c.Nominates)
		}
		if len(out) > MaxAnswer || int(binary.BigEndian.Uint16(out[2:])) != len(out)-headSize {
			t.Errorf("%d bytes say that they are %d", len(out), binary.BigEndian.Uint16(out[2:]))
		}
		if !bytes.Equal(out[4:headSize], b[4:headSize]) {
			t.Error("the answer is of another transaction")
		}
	}
}

// The answer of RFC 5769 section 2.2 has the same transaction and password, and a name of
// its maker besides: what it maps to is the same.
func TestTheAnswerMapsTheAddressAsTheRFCDoes(t *testing.T) {
	out, _, _ := New(vectorUser, vectorPassword).Answer(nil, unhex(t, vector), netip.MustParseAddrPort("192.0.2.1:32853"))
	if want := unhex(t, "00 20 00 08 00 01 a1 47 e1 12 a6 43"); !bytes.Equal(out[headSize:headSize+len(want)], want) {
		t.Errorf("mapped: % x, want % x", out[headSize:headSize+len(want)], want)
	}
}

func TestWhoDoesNotKnowThePasswordGetsNoAnswer(t *testing.T) {
	b := unhex(t, vector)
	peer := netip.MustParseAddrPort("192.0.2.1:32853")
	change := func(at int) []byte {
		out := bytes.Clone(b)
		out[at] ^= 1
		return marked(out)
	}
	for name, in := range map[string][]byte{
		"another transaction":         change(10),
		"another name":                change(headSize + 20 + 8 + 12 + 4),
		"another integrity":           change(len(b) - printSize - 1),
		"no mark":                     b[:len(b)-printSize],
		"a wrong mark":                append(bytes.Clone(b[:len(b)-1]), 0),
		"a length that is not so":     append(bytes.Clone(b), 0, 0, 0, 0),
		"an answer":                   append([]byte{1, 1}, b[2:]...),
		"a must that is not known":    marked(append(bytes.Clone(b[:headSize]), append(unhex(t, "00 1a 00 00"), b[headSize:]...)...)),
		"nothing":                     nil,
		"an attribute that is longer": marked(append(bytes.Clone(b[:len(b)-printSize]), unhex(t, "80 22 ff ff 80 28 00 04 00 00 00 00")...)),
	} {
		if _, _, ok := New(vectorUser, vectorPassword).Answer(nil, in, peer); ok {
			t.Errorf("%s: answered", name)
		}
	}
	for _, r := range []*Responder{New(vectorUser, "VOkJxbRl1RmTxUk/WvJxBT"), New("evt", vectorPassword), New("evtj:", vectorPassword)} {
		if _, _, ok := r.Answer(nil, b, peer); ok {
			t.Error("a request for another is answered")
		}
	}
}

func TestNominatingCountsOnlyWhereItIsSigned(t *testing.T) {
	b := unhex(t, vector)
	use := unhex(t, "00 25 00 00")
	r := New(vectorUser, vectorPassword)
	after := append(bytes.Clone(b[:len(b)-printSize]), append(use, b[len(b)-printSize:]...)...)
	if _, c, ok := r.Answer(nil, marked(after), netip.MustParseAddrPort("192.0.2.1:1")); !ok || c.Nominates {
		t.Errorf("after the integrity: answered %v, nominates %v", ok, c.Nominates)
	}
	before := append(bytes.Clone(b[:headSize]), append(use, b[headSize:len(b)-printSize-integritySize]...)...)
	before = append(before, append([]byte{0, integrity, 0, 20}, r.sign(before)...)...)
	if _, c, ok := r.Answer(nil, marked(append(before, make([]byte, printSize)...)), netip.MustParseAddrPort("192.0.2.1:1")); !ok || !c.Nominates {
		t.Errorf("before it: answered %v, nominates %v", ok, c.Nominates)
	}
}

func TestAnsweringAllocatesNothing(t *testing.T) {
	r, b, peer := New(vectorUser, vectorPassword), unhex(t, vector), netip.MustParseAddrPort("192.0.2.1:32853")
	out := make([]byte, 0, MaxAnswer)
	_, _, _ = r.Answer(out, b, peer) // the first one prepares the key
	if n := testing.AllocsPerRun(100, func() { _, _, _ = r.Answer(out, b, peer) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(unhex(f, vector))
	f.Add(marked(append(unhex(f, vector)[:headSize], make([]byte, printSize)...)))
	r, peer := New(vectorUser, vectorPassword), netip.MustParseAddrPort("[2001:db8::1]:9")
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		out, _, ok := r.Answer(nil, b, peer)
		switch {
		case !bytes.Equal(before, b):
			t.Fatal("what was read is changed")
		case ok && len(out) != MaxAnswer, !ok && len(out) != 0:
			t.Fatalf("answered: %v with %d bytes", ok, len(out))
		}
	})
}
