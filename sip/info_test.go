package sip_test

import (
	"fmt"
	"testing"

	"github.com/callward/callward/sip/siptest"
)

func TestKeysComeByInfoAndWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	leg, ok := answered(t, bob, c, "")
	for i, m := range []struct{ extra, want, header string }{
		{"Content-Type: application/dtmf-relay\n\nSignal=7", "SIP/2.0 200", ""},
		{"c: Application/DTMF;q=1\n\n7", "SIP/2.0 200", ""},
		{"", "SIP/2.0 200", ""},
		{"Content-Type: text/plain\n\nhello", "SIP/2.0 415", "Accept"},
		{"Info-Package: foo\nContent-Type: application/dtmf\n\n7", "SIP/2.0 469", ""},
	} {
		c.inside("INFO", ok.Tag("To"), 2+i, m.extra)
		if got := c.Expect(m.want); m.header != "" && got.Header(m.header) == "" {
			t.Errorf("%q got no %s", m.extra, m.header)
		}
	}
	for _, want := range []string{"application/dtmf-relay Signal=7", "application/dtmf 7"} {
		info := siptest.Next(t, leg.Infos())
		if got := info.Type + " " + string(info.Body); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", info, info, info, info); text != "[info] [info] [info] [info]" {
			t.Errorf("it prints as %s", text)
		}
	}
	for i := range 17 { // nobody reads them
		c.inside("INFO", ok.Tag("To"), 10+i, "Content-Type: application/dtmf\n\n7")
	}
	if m := c.Expect("SIP/2.0 500"); m.Header("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	c.inside("INFO", "nobody", 40, "")
	c.Expect("SIP/2.0 481")
}
