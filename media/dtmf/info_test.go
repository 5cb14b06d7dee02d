package dtmf_test

import (
	"testing"

	"github.com/callward/callward/media/dtmf"
)

func TestAKeyInSignallingIsRead(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"},
		{"application/dtmf-relay", "Duration=160\nsignal = * ", "*"},
		{"application/dtmf-relay", "Signal=11\r\nDuration=250", "#"},
		{"application/dtmf-relay", "Signal=10", "*"},
		{"application/dtmf-relay", "Signal=d", "D"},
		{"application/dtmf", "7\r\n", "7"},
		{"application/dtmf", "A", "A"},
		{"application/dtmf-relay", "Signal=!", ""},
		{"application/dtmf-relay", "Signal=", ""},
		{"application/dtmf-relay", "Duration=5", ""},
		{"application/dtmf-relay", "", ""},
		{"application/dtmf", "77", ""},
		{"text/plain", "7", ""},
	} {
		digit, ok := dtmf.Info(c.kind, []byte(c.body))
		if ok != (c.want != "") || ok && string(digit) != c.want {
			t.Errorf("%s %q: %q, %v", c.kind, c.body, digit, ok)
		}
	}
}

func FuzzInfo(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("#"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		digit, ok := dtmf.Info(kind, body)
		if _, known := dtmf.Code(digit); ok != known {
			t.Errorf("%q is %q, %v", body, digit, ok)
		}
	})
}
