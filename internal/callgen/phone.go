package callgen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// Ports is a range of RTP ports.
type Ports struct{ Min, Max uint16 }

// defaultPorts lie beside those of a server on the same machine.
func defaultPorts() Ports { return Ports{30000, 32767} }

// A Transport is how SIP goes.
type Transport struct {
	Network string // udp, tcp or tls; empty means udp
	CA      string // PEM file of authorities of servers over TLS; empty: the system's
}

func (t Transport) network() string {
	if t.Network == "" {
		return "udp"
	}
	return t.Network
}

// listens is the network of a listener beside it: over TLS we only call.
func (t Transport) listens() string {
	if t.Network == "tls" {
		return "tcp"
	}
	return t.network()
}

// tls trusts who the user says, or whom the system trusts.
func (t Transport) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usageError(t.CA + " holds no certificate")
	}
	return c, nil
}

// parley is how long the other side may take to say goodbye.
const parley = 2 * time.Second

// A phone is our end of calls: SIP and RTP on an address of its own.
type phone struct {
	sip     *sip.Server
	media   *media.Engine
	network string
	address netip.AddrPort // of SIP
	cancel  context.CancelFunc
	group   *errgroup.Group
}

// newPhone opens a phone that can reach toward (host:port); start brings it to
// life.
func newPhone(ctx context.Context, t Transport, toward string, ports Ports, handler sip.Handler) (*phone, error) {
	local, err := localAddress(ctx, toward)
	if err != nil {
		return nil, err
	}
	client, err := t.tls()
	if err != nil {
		return nil, err
	}
	server, err := sip.Listen(sip.Config{
		Listeners: []sip.Listener{{Network: t.listens(), Address: netip.AddrPortFrom(local, 0).String()}},
		UserAgent: "callgen",
		ClientTLS: func() *tls.Config { return client },
		Handler:   handler,
	})
	if err != nil {
		return nil, fmt.Errorf("open the phone: %w", err)
	}
	if ports == (Ports{}) {
		ports = defaultPorts()
	}
	engine, err := media.New(media.Config{Addresses: []media.Address{{Bind: local}}, PortMin: ports.Min, PortMax: ports.Max, Shards: 1})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the phone: %w", err), server.Close())
	}
	p := &phone{sip: server, media: engine, network: t.network()}
	p.address, _ = server.Addr(t.listens())
	return p, nil
}

// start runs the phone until close. The end of ctx does not end it: it still
// has to say goodbye.
func (p *phone) start(ctx context.Context) {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.group, ctx = errgroup.WithContext(ctx)
	p.group.Go(func() error { return p.sip.Run(ctx) })
	p.group.Go(func() error { return p.media.Run(ctx) })
}

// close waits a moment for goodbyes under way, after the end of ctx too, then
// ends everything.
func (p *phone) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parley)
	defer cancel()
	_ = p.sip.Drain(ctx) // what is left is hung up by the end of Run
	p.cancel()
	if err := p.group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("close the phone: %w", err)
	}
	return nil
}

// localAddress finds the address that toward sees us at. Nothing is sent.
func localAddress(ctx context.Context, toward string) (netip.Addr, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", toward)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("no way to %s: %w", toward, err)
	}
	defer c.Close()
	local, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return netip.Addr{}, fmt.Errorf("no way to %s: %w", toward, err)
	}
	return local.Addr().Unmap(), nil
}

// target is a number to call, as the user writes it.
type target struct {
	uri  string // for sip.Dial
	host string // host:port

	confidential bool // SIP goes there so that others cannot read it
}

// parseTarget reads sip:USER@HOST[:PORT][;params], the scheme may be left out.
func parseTarget(s string, t Transport) (target, error) {
	rest := strings.TrimPrefix(s, "sip:")
	address, params, _ := strings.Cut(rest, ";")
	user, host, ok := strings.Cut(address, "@")
	if !ok || user == "" || host == "" || strings.ContainsAny(s, " \r\n<>\"") {
		return target{}, usageError(fmt.Sprintf("%q is no number to call; write sip:line@127.0.0.1:5060", s))
	}
	network := t.network()
	if _, asked, ok := strings.Cut(params, "transport="); ok {
		asked, _, _ = strings.Cut(asked, ";")
		network = strings.ToLower(asked)
	} else if network != "udp" {
		rest += ";transport=" + network
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		port := "5060"
		if network == "tls" {
			port = "5061"
		}
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	return target{uri: "sip:" + rest, host: host, confidential: network == "tls"}, nil
}
