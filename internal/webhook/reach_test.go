package webhook_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/internal/webhook"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

func TestAPrivateAddressIsNotReachedUnlessTheOperatorSaysSo(t *testing.T) {
	s := open(t, "127.0.0.1", sent, nil)
	h := s.host(t, func(c *webhook.HostConfig) { c.Private = false })
	if _, err := h.Ask(t.Context(), question(s.URL, patience), nil); webhook.Cause(err) != "address" {
		t.Errorf("%v", err)
	}
	if len(s.visits()) > 0 {
		t.Error("it was reached")
	}
}

// A name of the internet that its owner lets resolve to this machine: what counts is the
// address that is connected to.
func TestANameThatTurnsToAPrivateAddressIsNotReached(t *testing.T) {
	s := open(t, "shop.example", sent, nil)
	at := netip.MustParseAddrPort(s.Listener.Addr().String())
	url := strings.Replace(s.URL, "127.0.0.1", "shop.example", 1)
	names := resolver(t, at.Addr())
	h := s.host(t, func(c *webhook.HostConfig) { c.Private = false })
	h.ResolveBy(names)
	for range 2 {
		if _, err := h.Ask(t.Context(), question(url, patience), nil); webhook.Cause(err) != "address" {
			t.Errorf("%v", err)
		}
	}
	if len(s.visits()) > 0 {
		t.Error("it was reached")
	}
	h = s.host(t, nil) // the same, of a host that is private
	h.ResolveBy(names)
	if _, err := h.Ask(t.Context(), question(url, patience), nil); err != nil {
		t.Errorf("a private host is not reached: %v", err)
	}
}

// resolver looks names up at a name server that has one address for all of them.
func resolver(t *testing.T, address netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(reply(buf[:n], address), from)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-served })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply answers a question of DNS (RFC 1035 section 4): for A with the address, for
// anything else with nothing.
func reply(query []byte, address netip.Addr) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	out := append([]byte{}, query[:end]...)
	copy(out[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	if binary.BigEndian.Uint16(query[end-4:]) == 1 {
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, address.AsSlice()...)
	}
	return out
}

func TestNobodyIsThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + l.Addr().String()
	_ = l.Close()
	h, err := webhook.NewHost(webhook.HostConfig{Private: true})
	if err != nil {
		t.Fatal(err)
	}
	q := question(url, patience)
	q.Webhook.Retries = 1
	if _, err := h.Ask(t.Context(), q, nil); webhook.Cause(err) != "unreachable" {
		t.Errorf("%v", err)
	}
}

func TestWhoIsNotWhomTheCertificateShowsIsNotAsked(t *testing.T) {
	other := certstest.New(t)
	for name, c := range map[string]struct {
		name string
		edit func(*shop)
		ca   string
	}{
		"another authority": {"127.0.0.1", nil, other.File},
		"another name":      {"shop.example", nil, ""},
		"an old TLS":        {"127.0.0.1", func(s *shop) { s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, ""},
		"a certificate is wanted": {"127.0.0.1", func(s *shop) {
			s.TLS.ClientAuth, s.TLS.ClientCAs, s.TLS.MaxVersion = tls.RequireAndVerifyClientCert, s.TLS.RootCAs, tls.VersionTLS12
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.name, sent, c.edit)
			h := s.host(t, func(h *webhook.HostConfig) {
				if c.ca != "" {
					h.CA = c.ca
				}
			})
			if _, err := h.Ask(t.Context(), question(s.URL, patience), nil); webhook.Cause(err) != "tls" {
				t.Errorf("%v", err)
			}
			if len(s.visits()) > 0 {
				t.Error("it was asked")
			}
		})
	}
}

func TestACertificateOfOursIsShownToWhoWantsIt(t *testing.T) {
	s := open(t, "127.0.0.1", sent, func(s *shop) {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, s.TLS.RootCAs
	})
	h := s.host(t, func(c *webhook.HostConfig) {
		c.Certificate, c.Key, _ = s.ca.Issue("we", "callward.example", time.Now().Add(time.Hour))
	})
	if _, err := h.Ask(t.Context(), question(s.URL, patience), nil); err != nil {
		t.Error(err)
	}
	if _, err := webhook.NewHost(webhook.HostConfig{CA: s.ca.Dir + "/none"}); err == nil || !strings.Contains(err.Error(), s.ca.Dir) {
		t.Errorf("a file that is not there: %v", err)
	}
}
