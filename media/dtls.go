package media

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // of fingerprints
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"github.com/callward/callward/media/sdp"
)

const (
	handshakeTime   = 10 * time.Second
	handshakeRepeat = 100 * time.Millisecond // at first; the answer may be later than our first packet
	handshakeQueue  = 32                     // packets
	certificateLife = 7 * 24 * time.Hour
)

// A handshake is an association with the peer, on the ports of the sound, that
// gives the keys for it (RFC 5764). It has one goroutine, for
// which Close waits.
type handshake struct {
	peer   sdp.Handshake
	active bool
	own    tls.Certificate
	wire   *wire
	cancel context.CancelFunc
}

// leave lets the association end. Nil has none.
func (h *handshake) leave() {
	if h != nil {
		h.cancel()
	}
}

// begins reports whether we are to begin the handshake with a peer.
func (d *dialog) begins(peer sdp.Handshake) bool {
	if h := d.handshake; h != nil && h.with(peer) {
		return h.active // RFC 5763 section 6.6: an association that stays keeps its roles
	}
	return peer.Setup != sdp.Active
}

func (h *handshake) with(peer sdp.Handshake) bool {
	return h.peer.Hash == peer.Hash && h.peer.Fingerprint == peer.Fingerprint
}

// shakeHands begins a handshake with who was agreed with, unless one stands.
//
//nolint:contextcheck // it lives as long as the session
func (s *Session) shakeHands(a sdp.Agreed) error {
	d := &s.talks
	if d.handshake != nil && d.handshake.with(a.Handshake) || !a.Remote.IsValid() {
		return nil
	}
	if err := s.identify(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &handshake{
		peer: a.Handshake, active: d.begins(a.Handshake), own: *d.certificate, cancel: cancel,
		wire: newWire(s.ports, a.Remote),
	}
	d.handshake.leave()
	d.handshake, d.opening, d.sealing = h, nil, nil
	s.handshakes.Go(func() {
		if err := h.run(ctx, s); err != nil && ctx.Err() == nil {
			s.stats.handshakesFailed.Add(1)
			s.emit(Event{Kind: Silent})
		}
	})
	return nil
}

// run does the handshake, hands over the keys, and answers what the peer repeats
// until it is left.
func (h *handshake) run(ctx context.Context, s *Session) error {
	conn, err := h.connect()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	limited, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	if err := conn.HandshakeContext(limited); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	opening, sealing, err := h.keys(conn)
	if err != nil {
		return err
	}
	s.keyed(h, opening, sealing)
	for b := make([]byte, maxPacket); ; {
		if _, err := conn.Read(b); err != nil {
			return nil //nolint:nilerr // the peer said goodbye, or we did
		}
	}
}

func (h *handshake) connect() (*dtls.Conn, error) {
	common := []dtls.Option{
		dtls.WithCertificates(h.own),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithInsecureSkipVerify(true), // the fingerprint says whose it is
		dtls.WithVerifyPeerCertificate(h.verify),
		dtls.WithFlightInterval(handshakeRepeat),
		dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}), // what comes of it is counted
	}
	if h.active {
		options := make([]dtls.ClientOption, len(common))
		for i, o := range common {
			options[i] = o
		}
		return dtls.ClientWithOptions(h.wire, h.wire.peer, options...)
	}
	options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
	for _, o := range common {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(h.wire, h.wire.peer, options...)
}

// verify wants the certificate that the peer's description told of (RFC 8122
// section 6.2).
func (h *handshake) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	if len(raw) == 0 || fingerprint(h.peer.Hash, raw[0]) != h.peer.Fingerprint {
		return errors.New("the certificate is not the one that the description tells of")
	}
	return nil
}

//nolint:gochecknoglobals // a read-only table
var hashes = map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// fingerprint is that of a certificate as descriptions write it.
func fingerprint(hash string, certificate []byte) string {
	h := hashes[hash].New()
	_, _ = h.Write(certificate)
	return strings.ReplaceAll(fmt.Sprintf("% X", h.Sum(nil)), " ", ":")
}

// keys takes from a finished handshake the ciphers of both directions.
func (h *handshake) keys(conn *dtls.Conn) (opening, sealing *srtp.Context, err error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	state, known := conn.ConnectionState()
	if !ok || !known {
		return nil, nil, errors.New("handshake: the peer agrees to no cipher for sound")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, h.active); err != nil {
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	opening, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile, srtp.SRTPReplayProtection(replayWindow))
	if err != nil {
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	sealing, err = srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	if err != nil {
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	return opening, sealing, nil
}

// keyed puts the keys of a handshake into force, if it is still the one.
func (s *Session) keyed(h *handshake, opening, sealing *srtp.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.talks.handshake == h {
		s.talks.opening, s.talks.sealing = opening, sealing
		s.terms.Store(s.inForce())
	}
}

// takeHandshake hands a packet of the peer to the handshake. Packets of others are
// not answered: nobody may drain a call by greeting it (CVE-2023-49786).
func (s *Session) takeHandshake(h *handshake, data []byte, from netip.AddrPort) {
	if !s.in.latch.mayBe(from) {
		s.refuse(stranger)
		return
	}
	h.wire.from(from)
	if _, err := h.wire.Write(data, nil); err != nil { // full, or left
		s.refuse(overRate)
	}
}

// isHandshake tells DTLS from RTP (RFC 7983).
func isHandshake(data []byte) bool { return len(data) > 0 && data[0] >= 20 && data[0] <= 63 }

// wire is the ports of a session as a handshake sees them. The pacer reads the
// socket, and writes into the buffer what is for the handshake.
type wire struct {
	*packetio.Buffer

	ports pair
	peer  net.Addr
	last  netip.AddrPort // the pacer's own
	to    atomic.Pointer[destination]
}

func newWire(ports pair, peer netip.AddrPort) *wire {
	w := &wire{Buffer: packetio.NewBuffer(), ports: ports, peer: net.UDPAddrFromAddrPort(peer)}
	w.SetLimitCount(handshakeQueue)
	w.from(peer)
	return w
}

// from lets answers go where the peer really is.
func (w *wire) from(peer netip.AddrPort) {
	if peer == w.last {
		return
	}
	w.last = peer
	to := newDestination(w.ports.pool.address.Bind, peer)
	w.to.Store(&to)
}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := w.Read(b, nil)
	return n, w.peer, err //nolint:wrapcheck // the handshake knows its errors
}

// WriteTo sends; what the kernel does not take is repeated by the handshake.
func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) {
	if len(b) > 0 {
		w.ports.rtp.send(b, w.to.Load())
	}
	return len(b), nil
}

func (w *wire) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(w.ports.pool.address.Bind, w.ports.port))
}

func (w *wire) SetDeadline(t time.Time) error  { return w.SetReadDeadline(t) } //nolint:wrapcheck // of the buffer
func (*wire) SetWriteDeadline(time.Time) error { return nil }

// identity is our certificate, which stands for this process alone.
type identity struct {
	certificate tls.Certificate
	until       time.Time
}

// certificate gives ours, a new one each week.
func (e *Engine) certificate() (tls.Certificate, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Now().Before(e.identity.until) {
		return e.identity.certificate, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate for sound: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(5 * certificateLife)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate for sound: %w", err)
	}
	e.identity = identity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, now.Add(certificateLife)}
	return e.identity.certificate, nil
}

// identify settles on the certificate of a session: it stays for the call.
func (s *Session) identify() error {
	if s.talks.certificate != nil {
		return nil
	}
	own, err := s.engine.certificate()
	if err == nil {
		s.talks.certificate = &own
	}
	return err
}

// tellHandshake is what we tell of a handshake to come.
func (s *Session) tellHandshake(setup sdp.Setup) (sdp.Handshake, error) {
	if err := s.identify(); err != nil {
		return sdp.Handshake{}, err
	}
	const hash = "sha-256"
	return sdp.Handshake{Hash: hash, Fingerprint: fingerprint(hash, s.talks.certificate.Certificate[0]), Setup: setup}, nil
}
