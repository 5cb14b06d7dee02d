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
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"github.com/callward/callward/media/sdp"
)

const (
	// The peer may learn only from the answer whom it shakes hands with, and a phone
	// may ring for long before that.
	handshakeTime   = time.Minute
	handshakeRepeat = 200 * time.Millisecond
	handshakeQueue  = 32 // packets
	certificateLife = 7 * 24 * time.Hour
)

// A handshake is an association with the peer, on the ports of the sound, that
// gives the keys for it (RFC 5764). It has one goroutine, for
// which Close waits.
type handshake struct {
	peer   sdp.Handshake
	at     netip.AddrPort
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
func (d *dialog) begins(a sdp.Agreed) bool {
	if d.handshake.stands(a) {
		return d.handshake.active
	}
	if a.ICE != (sdp.ICE{}) { // who proves the way knows first that there is one
		return a.Handshake.Setup == sdp.Passive
	}
	return a.Handshake.Setup != sdp.Active
}

// stands reports whether an association goes on under what was agreed anew: with the
// same certificate at the same address, and in the same roles (RFC 5763 section 6.6).
// While the peer holds the old way it has no address.
func (h *handshake) stands(a sdp.Agreed) bool {
	if h == nil || h.peer.Hash != a.Handshake.Hash || h.peer.Fingerprint != a.Handshake.Fingerprint {
		return false
	}
	turned := a.Handshake.Setup == sdp.Active && h.active || a.Handshake.Setup == sdp.Passive && !h.active
	return !turned && (h.at == a.Remote || !a.Remote.IsValid())
}

// shakeHands begins a handshake with who was agreed with, unless one stands.
//
//nolint:contextcheck // it lives as long as the session
func (s *Session) shakeHands(a sdp.Agreed) error {
	d := &s.talks
	if d.handshake.stands(a) || !a.Remote.IsValid() && a.ICE == (sdp.ICE{}) {
		return nil
	}
	if err := s.identify(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &handshake{
		peer: a.Handshake, at: a.Remote, active: d.begins(a), own: *d.certificate, cancel: cancel,
		wire: newWire(s.ports, a.Remote),
	}
	d.handshake.leave()
	d.handshake, d.opening, d.sealing = h, nil, nil
	s.helpers.Go(func() {
		if err := h.run(ctx, s); err != nil && ctx.Err() == nil {
			s.stats.handshakesFailed.Add(1)
			s.drop(h)
			s.emit(Event{Kind: Broken})
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
	defer conn.Close()
	defer h.wire.shut() // the socket may be another's at once: the goodbye is left out
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
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for b := make([]byte, maxPacket); ; { // repeats of the peer's are answered
		switch _, err := conn.Read(b); {
		case ctx.Err() != nil, errors.Is(err, io.EOF), errors.Is(err, dtls.ErrConnClosed):
			return nil
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
		dtls.WithDisableRetransmitBackoff(true),
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
	opening, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile, replays()...)
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

// drop forgets a handshake that failed: the next offer begins another.
func (s *Session) drop(h *handshake) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.talks.handshake == h {
		s.talks.handshake = nil
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
	if !plainlyShakes(data) {
		s.refuse(forged)
		return
	}
	if !s.spend() {
		return
	}
	h.wire.from(from)
	if _, err := h.wire.Write(data, nil); err != nil { // full, or left
		s.refuse(unexpected)
	}
}

// plainlyShakes reports whether what a datagram holds in the clear is of a handshake.
// Anybody could forge an alert or data before the keys are in use, and would end the
// association with it (RFC 9147 section 4.5.2 has such records dropped).
func plainlyShakes(data []byte) bool {
	const header, alert, application = 13, 21, 23 // RFC 6347 section 4.1
	for len(data) >= header {
		unprotected := data[3] == 0 && data[4] == 0
		if unprotected && (data[0] == alert || data[0] == application) {
			return false
		}
		n := header + int(data[11])<<8 + int(data[12])
		if n > len(data) {
			return true
		}
		data = data[n:]
	}
	return true
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

	mu     sync.Mutex // the pacer does not take it
	closed bool       // nothing more may be sent
}

// shut ends sending: when it returns, the ports may be given to another call.
func (w *wire) shut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

func newWire(ports pair, peer netip.AddrPort) *wire {
	w := &wire{Buffer: packetio.NewBuffer(), ports: ports, peer: net.UDPAddrFromAddrPort(peer)}
	w.SetLimitCount(handshakeQueue)
	if peer.IsValid() { // else it proves first where it is
		w.from(peer)
	}
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
	w.mu.Lock()
	defer w.mu.Unlock()
	if to := w.to.Load(); len(b) > 0 && !w.closed && to != nil {
		w.ports.rtp.send(b, to)
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
