package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/sip"
)

// A Setup is what it costs to begin and end calls at a rate: INVITE, 200 with an
// RTP port, ACK, BYE, 200.
type Setup struct {
	Network  string  `json:"network"`
	Rate     int     `json:"calls_per_second"`
	Calls    int     `json:"calls"`
	Failed   int     `json:"failed"`
	CPU      float64 `json:"cpu_ms_per_call"`
	P50      float64 `json:"answer_ms_p50"` // from INVITE to 200
	P95      float64 `json:"answer_ms_p95"`
	Others   float64 `json:"others_percent"` // of the server's core, used by other programs
	Reached  float64 `json:"calls_per_second_reached"`
	MemoryMB float64 `json:"memory_mb"`
}

// Clean reports whether every call was answered, and the rate was met.
func (s Setup) Clean() bool { return s.Failed == 0 && s.Reached >= 0.97*float64(s.Rate) }

// rtpAddresses give ports enough for those that rest after their calls.
const rtpAddresses = 8

// setups measures each transport at each rate, and over UDP ever more until it is
// too much, for the server or for the callers on their one core.
func (b *bench) setups(ctx context.Context, r *Report) (err error) {
	if len(b.Setups) == 0 {
		return nil
	}
	s, err := b.startSetupLine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	for _, network := range []string{"udp", "tcp", "tls"} {
		for _, rate := range b.Setups {
			row, err := b.bestSetup(ctx, s, network, rate)
			if err != nil {
				return err
			}
			r.Setups = append(r.Setups, row)
		}
	}
	last := slices.Max(b.Setups)
	for rate := last + last/2; b.Further && rate <= 8*last; rate += last / 2 {
		row, err := b.setup(ctx, s, "udp", rate)
		if err != nil {
			return err
		}
		r.Setups = append(r.Setups, row)
		if !row.Clean() {
			break
		}
	}
	return nil
}

// setupTries is how often a rate is measured; the best counts, as what disturbs on a
// machine only ever adds.
const setupTries = 3

func (b *bench) bestSetup(ctx context.Context, s *setupLine, network string, rate int) (best Setup, err error) {
	for n := range setupTries {
		row, err := b.setup(ctx, s, network, rate)
		if err != nil {
			return best, err
		}
		if n == 0 || row.Failed < best.Failed || row.Failed == best.Failed && row.CPU < best.CPU {
			best = row
		}
	}
	return best, nil
}

// setupLine is callward with test numbers and nothing else.
type setupLine struct {
	*line
	at map[string]string // HOST:PORT of a transport
}

func (b *bench) startSetupLine(ctx context.Context) (*setupLine, error) {
	b.Progress("callward starts, for calls that begin and end")
	s := &setupLine{line: &line{}, at: map[string]string{}}
	cert, key, client, err := certificate(b.dir)
	if err != nil {
		return nil, err
	}
	s.client = client
	args := []string{
		"serve", "--test-numbers", "--speech", "unix:" + filepath.Join(b.dir, "none.sock"), "--log-level", "error", "--drain-timeout", "1s",
		"--rtp-ports", "10000-19999", "--call-rate", "100000", "--max-calls", "20000", "--tls-certificate", cert, "--tls-key", key,
	}
	for network, kind := range map[string]string{"udp": "udp", "tcp": "tcp", "tls": "tcp"} {
		if s.at[network], err = freePort(ctx, kind); err != nil {
			return nil, err
		}
		args = append(args, "--sip", network+":"+s.at[network])
	}
	for n := range rtpAddresses {
		args = append(args, "--rtp-address", fmt.Sprintf("127.0.0.%d", n+1))
	}
	if s.http, err = freePort(ctx, "tcp"); err != nil {
		return nil, err
	}
	if s.process, err = start(ctx, b.cores.server, "callward", b.Callward, append(args, "--http", s.http)...); err != nil {
		return nil, err
	}
	s.mute()
	if err := s.answers(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// answers waits until callward serves; there is no speech to wait for.
func (s *setupLine) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if resp, err := s.get(ctx, "/healthz"); err == nil {
			return resp.Body.Close()
		}
		if err := s.died(); err != nil {
			return err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("callward does not answer: %w", ctx.Err())
		}
	}
}

// certificate writes one for this run, and gives what the callers trust it by.
func certificate(dir string) (cert, key string, client *tls.Config, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", nil, fmt.Errorf("certificate: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &k.PublicKey, k)
	if err != nil {
		return "", "", nil, fmt.Errorf("certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return "", "", nil, fmt.Errorf("certificate: %w", err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	client = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	client.RootCAs.AppendCertsFromPEM(text)
	return cert, key, client, errors.Join(os.WriteFile(cert, text, 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// setup places calls at an even rate for a window, and hangs each up at once.
func (b *bench) setup(ctx context.Context, s *setupLine, network string, rate int) (Setup, error) {
	b.Progress(fmt.Sprintf("calls begin and end over %s, %d a second", network, rate))
	listens := strings.Replace(network, "tls", "tcp", 1)
	phone, err := openPhone(ctx, listens, s.client)
	if err != nil {
		return Setup{}, err
	}
	calls := int(float64(rate) * b.Window.Seconds())
	took := make([]float32, calls) // ms; 0 means that it failed
	before, err := s.cpu()
	if err != nil {
		phone.close(ctx)
		return Setup{}, err
	}
	core, began := busy(b.cores.server), time.Now()
	var all sync.WaitGroup
	for n := range calls {
		due := time.Duration(float64(n) / float64(rate) * float64(time.Second))
		if wait := time.Until(began.Add(due)); wait > 0 && !pause(ctx, wait) {
			break
		}
		all.Go(func() { took[n] = phone.ring(ctx, "sip:echo@"+s.at[network]+";transport="+network) })
	}
	placed := time.Since(began)
	all.Wait()
	phone.close(ctx)
	after, err := s.cpu()
	core = busy(b.cores.server) - core
	if err := errors.Join(err, ctx.Err(), s.died()); err != nil {
		return Setup{}, err
	}
	row := Setup{
		Network: network, Rate: rate, Calls: calls, CPU: (after - before).Seconds() * 1000 / float64(calls),
		Others: max(0, share(core-(after-before), time.Since(began))), Reached: float64(calls) / placed.Seconds(),
		MemoryMB: memory(s.cmd.Process.Pid),
	}
	answered := slices.DeleteFunc(took, func(ms float32) bool { return ms == 0 })
	row.Failed = calls - len(answered)
	if len(answered) == 0 {
		return row, fmt.Errorf("no call over %s was answered", network)
	}
	slices.Sort(answered)
	row.P50, row.P95 = float64(answered[len(answered)/2]), float64(answered[len(answered)*95/100])
	return row, nil
}

// ring places a call, hangs up, and gives the milliseconds until the answer; 0 if
// there was none.
func (p *phone) ring(ctx context.Context, to string) float32 {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	began := time.Now()
	leg, err := p.sip.Dial(ctx, sip.Invite{To: to, From: "sip:bench@" + p.own, SDP: setupOffer}, nil)
	if err != nil {
		return 0
	}
	took := time.Since(began)
	_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal) // close sees to one that fails
	return float32(took.Seconds() * 1000)
}

// setupOffer is of somebody who neither hears nor speaks before he hangs up.
//
//nolint:gochecknoglobals // a constant
var setupOffer = []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n" +
	"a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=inactive\r\n")
