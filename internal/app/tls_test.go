package app

import (
	"crypto/tls"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// Certificates are changed under 100 calls: none hears of it, who calls next sees
// the new one, and one that is of no use changes nothing.
func TestCertificatesAreChangedUnderLiveCalls(t *testing.T) {
	t.Parallel()
	ca := certstest.New(t)
	cert, key, first := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	s := serveApp(t, "", "--test-numbers", "--sip", "tls:127.0.0.1:0", "--tls-certificate", cert, "--tls-key", key)
	shows := func() *big.Int {
		c, err := tls.Dial("tcp", s.SIP("tls").String(), ca.Client("", ""))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		return c.ConnectionState().PeerCertificates[0].SerialNumber
	}
	if shows().Cmp(first) != 0 {
		t.Fatal("it shows another certificate")
	}
	var legs []*sip.Leg
	for range 10 { // connections, of 10 calls each
		phone := siptest.NewPhone(t, "phone", func(c *sip.Config) {
			client := ca.Client("", "")
			c.ClientTLS = func() *tls.Config { return client }
		})
		for range 10 {
			legs = append(legs, phone.Call("sip:echo@"+s.SIP("tls").String()+";transport=tls"))
		}
	}
	client := ca.Client("", "")
	talker := siptest.NewPhone(t, "talker", func(c *sip.Config) { c.ClientTLS = func() *tls.Config { return client } })
	leg, session, heard := speaking(t, talker, "sip:echo@"+s.SIP("tls").String()+";transport=tls")
	legs = append(legs, leg)
	echoes(t, session, heard)
	_, _, second := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	siptest.Eventually(t, "the new certificate", func() bool { return shows().Cmp(second) == 0 })
	ca.Issue("line", "127.0.0.1", time.Now().Add(-time.Minute))
	siptest.Eventually(t, "the expired one is refused", func() bool { return s.certs.Rejected() > 0 })
	if shows().Cmp(second) != 0 {
		t.Error("an expired certificate is shown")
	}
	echoes(t, session, heard)
	for _, l := range legs {
		select {
		case <-l.Done():
			t.Errorf("a call ended: %s", l.Cause())
		default:
			_ = l.Hangup(t.Context(), sip.Normal)
		}
	}
	siptest.Eventually(t, "the calls are over", func() bool { return s.sip.Stats().Dialogs == 0 })
}

func TestWhatIsWrongWithTLSIsSaidAtTheStart(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("line", "127.0.0.1", time.Now().Add(-time.Hour))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no certificate": {[]string{"--sip", "wss:127.0.0.1:0"}, "--tls-certificate"},
		"expired":        {[]string{"--tls-certificate", cert, "--tls-key", key}, "expired"},
		"no key":         {[]string{"--tls-certificate", cert}, "key"},
	} {
		if _, err := loadArgs(t, c.args); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The authorities of servers that are called, over TLS, need no certificate of ours.
func TestAuthoritiesAloneAreEnoughToCallOverTLS(t *testing.T) {
	t.Parallel()
	ca := certstest.New(t)
	s := serveApp(t, "", "--tls-ca", ca.File)
	if got := s.certificateExpires(); got != 0 {
		t.Errorf("a certificate ends at %v", got)
	}
	if pool := s.certs.Client().RootCAs; pool == nil {
		t.Error("the system's authorities are asked")
	}
}
