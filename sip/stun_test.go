package sip

import (
	"bytes"
	"net/netip"
	"testing"
)

// bindingRequest is a request with the transaction's number of RFC 5769.
//
//nolint:gochecknoglobals // a vector
var bindingRequest = []byte("\x00\x01\x00\x00\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae")

// The addresses are those of RFC 5769 sections 2.2 and 2.3.
func TestABindingRequestIsToldWhereItCameFrom(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.1:32853": "\x01\x01\x00\x0c" + string(bindingRequest[4:]) + "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43",
		"[2001:db8:1234:5678:11:2233:4455:6677]:32853": "\x01\x01\x00\x18" + string(bindingRequest[4:]) +
			"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9",
	} {
		if got := bindingAnswer(bindingRequest, netip.MustParseAddrPort(from)); string(got) != want {
			t.Errorf("%s is told %x, want %x", from, got, want)
		}
	}
}

func TestWhatIsNoBindingRequestGetsNoAnswer(t *testing.T) {
	with := func(attributes string) []byte {
		b := append(bytes.Clone(bindingRequest), attributes...)
		b[3] = byte(len(attributes))
		return b
	}
	for name, b := range map[string][]byte{
		"indication":          append([]byte{0, 0x11}, bindingRequest[2:]...),
		"response":            append([]byte{1, 1}, bindingRequest[2:]...),
		"length that lies":    append([]byte{0, 1, 0, 4}, bindingRequest[4:]...),
		"attribute cut short": with("\x80\x22\x00\x09abcd"),
		"half a head":         with("\x80\x22"),
		"one to understand":   with("\x00\x03\x00\x04\x00\x00\x00\x06"),
	} {
		if !isSTUN(b) {
			t.Errorf("%s is not STUN", name)
		}
		if got := bindingAnswer(b, netip.MustParseAddrPort("192.0.2.1:1")); got != nil {
			t.Errorf("%s is answered with %x", name, got)
		}
	}
	if bindingAnswer(with("\x80\x22\x00\x03abc\x00"), netip.MustParseAddrPort("192.0.2.1:1")) == nil {
		t.Error("an attribute that may be ignored is not")
	}
	for _, b := range [][]byte{[]byte(plain), bindingRequest[:19], append([]byte("\x00\x01\x00\x00\x21\x12\xa4\x43"), bindingRequest[8:]...)} {
		if isSTUN(b) {
			t.Errorf("%q is STUN", b)
		}
	}
}
