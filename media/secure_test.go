package media_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

func openWith(t *testing.T, e *media.Engine, o media.Options) *media.Session {
	t.Helper()
	s, err := e.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSoundBetweenTwoOfUsIsProtectedAsBothWant(t *testing.T) {
	t.Parallel()
	const pref, req, off = media.Preferred, media.Required, media.Off
	for name, c := range map[string]struct {
		caller, callee media.Encryption
		confidential   bool
		sealed, fails  bool
	}{
		"keys in the description":               {req, req, true, true, false},
		"keys with plain sound as the way out":  {pref, pref, true, true, false},
		"who would rather, with who must":       {pref, req, true, true, false},
		"who must, with who would rather":       {req, pref, true, true, false},
		"a handshake":                           {req, pref, false, true, false},
		"who would rather, with who may not":    {pref, off, true, false, false},
		"nobody must, and others read the keys": {pref, pref, false, false, false},
		"who must, with who may not":            {req, off, true, false, true},
		"a handshake with who may not":          {req, off, false, false, true},
		"who may not, with who must":            {off, req, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := running(t, media.Config{})
			caller := openWith(t, e, media.Options{Encryption: c.caller, Confidential: c.confidential})
			callee := openWith(t, e, media.Options{Encryption: c.callee, Confidential: c.confidential})
			offer, err := caller.Offer()
			if err != nil {
				t.Fatal(err)
			}
			answer, err := callee.Accept(offer)
			if (err != nil) != c.fails || err != nil && !errors.Is(err, media.ErrSecurity) {
				t.Fatalf("the answer to\n%s is %v", offer, err)
			}
			if c.fails {
				return
			}
			if err := caller.SetAnswer(answer); err != nil {
				t.Fatalf("%v in\n%s", err, answer)
			}
			caller.Play(media.NewTone(500, 0))
			callee.Play(media.NewTone(900, 0))
			hears(t, ear(callee), 500)
			hears(t, ear(caller), 900)
			for _, s := range []*media.Session{caller, callee} {
				if st := s.Stats(); st.Sealed != c.sealed || st.Forged > 0 || st.Received == 0 {
					t.Errorf("%+v", st)
				}
			}
		})
	}
}

// sealedPeer is a peer with pion's SRTP in place of ours.
type sealedPeer struct {
	*mediatest.Peer

	opening, sealing *srtp.Context
}

// talk sends a tone, protected, until the function it returns is called.
func (p *sealedPeer) talk(to netip.AddrPort, ssrc uint32, hz float64) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	tone := mediatest.Tone(hz, 10*time.Second)
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := uint16(1); ; n++ {
			select {
			case <-end:
				return
			case <-tick.C:
				_ = p.SendRaw(to, p.seal(packetOf(tone, ssrc, n)))
			}
		}
	}()
	return func() { close(end); <-done }
}

func packetOf(tone []int16, ssrc uint32, n uint16) rtp.Packet {
	payload := make([]byte, 160)
	g711.PCMU.Encode(payload, tone[int(n)%400*160:][:160])
	return rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, SequenceNumber: n, Timestamp: uint32(n) * 160}, Payload: payload}
}

func (p *sealedPeer) seal(packet rtp.Packet) []byte {
	plain, err := packet.Marshal()
	if err != nil {
		panic(err)
	}
	sealed, err := p.sealing.EncryptRTP(nil, plain, nil)
	if err != nil {
		panic(err)
	}
	return sealed
}

// mustHear fails the test unless a second of hz has come, and all of it opens.
func (p *sealedPeer) mustHear(t *testing.T, hz float64) {
	t.Helper()
	var pcm []int16
	opened, failed := 0, 0
	eventually(t, fmt.Sprintf("a second of %v Hz", hz), func() bool {
		for _, r := range p.Got()[opened:] {
			opened++
			data, err := r.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			var h rtp.Header
			plain, err := p.opening.DecryptRTP(nil, data, &h)
			if err != nil || h.PayloadType != 0 {
				failed++
				continue
			}
			frame := make([]int16, 160)
			g711.PCMU.Decode(frame, plain[12:])
			pcm = append(pcm, frame...)
		}
		return len(pcm) >= media.Rate && mediatest.Share(pcm[len(pcm)-media.Rate:], hz) > 0.95
	})
	if failed > 0 {
		t.Errorf("%d packets do not open", failed)
	}
}

func secret(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func ciphers(t *testing.T, key []byte, suite sdp.Suite) *srtp.Context {
	t.Helper()
	profile := map[string]srtp.ProtectionProfile{
		"AEAD_AES_256_GCM": srtp.ProtectionProfileAeadAes256Gcm, "AEAD_AES_128_GCM": srtp.ProtectionProfileAeadAes128Gcm,
		"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80, "AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
		"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
	}[suite.Name]
	c, err := srtp.CreateContext(key[:suite.Key], key[suite.Key:], profile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var inline = regexp.MustCompile(`a=crypto:7 (\S+) inline:(\S+)\r\n`)

// keyed gives a session and a peer that have agreed on a suite, and the peer's offer.
func keyed(t *testing.T, suite sdp.Suite) (s *media.Session, p *sealedPeer, offer []byte) {
	t.Helper()
	s = openWith(t, running(t, media.Config{}), media.Options{Encryption: media.Required, Confidential: true})
	p = &sealedPeer{Peer: peer(t, "")}
	key := secret(suite.Key + suite.Salt)
	offer = sealedOffer(p, suite, key)
	answer, err := s.Accept(offer)
	if err != nil {
		t.Fatal(err)
	}
	said := inline.FindStringSubmatch(string(answer))
	if said == nil || said[1] != suite.Name || !strings.Contains(string(answer), " RTP/SAVP 0 101\r\n") {
		t.Fatalf("answered\n%s", answer)
	}
	ours, err := base64.StdEncoding.DecodeString(said[2])
	if err != nil {
		t.Fatal(err)
	}
	p.sealing, p.opening = ciphers(t, key, suite), ciphers(t, ours, suite)
	return s, p, offer
}

func sealedOffer(p *sealedPeer, suite sdp.Suite, key []byte) []byte {
	plain := strings.Replace(string(p.Offer("sendrecv")), "RTP/AVP", "RTP/SAVP", 1)
	return fmt.Appendf([]byte(plain), "a=crypto:7 %s inline:%s\r\n", suite.Name, base64.StdEncoding.EncodeToString(key))
}

func TestAPeerWithAKeyOfEachSuiteHearsAndIsHeard(t *testing.T) {
	t.Parallel()
	for _, suite := range sdp.Suites {
		t.Run(suite.Name, func(t *testing.T) {
			t.Parallel()
			s, p, _ := keyed(t, suite)
			s.Play(media.NewTone(700, 0))
			defer p.talk(addressOf(s), 1, 440)()
			hears(t, ear(s), 440)
			p.mustHear(t, 700)
		})
	}
}

func TestKeypadEventsAreProtectedToo(t *testing.T) {
	t.Parallel()
	s, p, _ := keyed(t, sdp.Suites[3])
	tone := mediatest.Tone(440, 10*time.Second)
	for n := uint16(1); n < 4; n++ {
		_ = p.SendRaw(addressOf(s), p.seal(packetOf(tone, 1, n)))
	}
	for i, end := range []byte{0, 0, 0x80} {
		event := rtp.Packet{
			Header:  rtp.Header{Version: 2, SSRC: 1, PayloadType: 101, SequenceNumber: uint16(4 + i), Timestamp: 640, Marker: i == 0},
			Payload: []byte{5, end | 10, 0, byte(160 * (i + 1) % 256)},
		}
		_ = p.SendRaw(addressOf(s), p.seal(event))
	}
	if ev := await(t, s, media.Digit); ev.Key.Byte() != '5' {
		t.Errorf("heard the key %q", ev.Key.Byte())
	}
}

func TestWhoDoesNotHaveTheKeyIsNotHeard(t *testing.T) {
	t.Parallel()
	s, p, _ := keyed(t, sdp.Suites[3])
	to := addressOf(s)
	e := ear(s)
	stop := p.talk(to, 1, 440)
	hears(t, e, 440)
	stop()

	tone := mediatest.Tone(1000, 10*time.Second)
	wrong := &sealedPeer{Peer: p.Peer, sealing: ciphers(t, secret(30), sdp.Suites[3])}
	old := p.seal(packetOf(tone, 1, 900))
	heard := s.Stats().Received
	_ = p.SendRaw(to, old)
	eventually(t, "the true packet is taken", func() bool { return s.Stats().Received > heard })
	before := s.Stats()
	for n := uint16(1000); n < 1020; n++ {
		_ = p.Send(to, packetOf(tone, 1, n))                // not protected
		_ = p.SendRaw(to, wrong.seal(packetOf(tone, 1, n))) // another key
		changed := p.seal(packetOf(tone, 2, n))             // changed on the way
		changed[20] ^= 1
		_ = p.SendRaw(to, changed)
		_ = p.SendRaw(to, old) // again
		time.Sleep(20 * time.Millisecond)
	}
	eventually(t, "all are refused", func() bool {
		st := s.Stats()
		return st.Forged-before.Forged >= 55 && st.Replayed-before.Replayed >= 18
	})
	if st := s.Stats(); st.Received != before.Received {
		t.Errorf("%d of them were heard", st.Received-before.Received)
	}
}

// A phone behind an address translator names an address that it does not send from.
// Its key shows who it is; others there are not heard, and it is answered there.
func TestAKeyProvesWhoSendsFromElsewhere(t *testing.T) {
	t.Parallel()
	s, p, _ := keyed(t, sdp.Suites[3])
	elsewhere := &sealedPeer{Peer: peer(t, "127.0.0.7"), opening: p.opening, sealing: p.sealing}
	stranger := &sealedPeer{Peer: peer(t, "127.0.0.8"), sealing: ciphers(t, secret(30), sdp.Suites[3])}
	defer stranger.talk(addressOf(s), 5, 1000)()
	eventually(t, "the stranger is refused", func() bool { return s.Stats().Forged > 5 })
	early := p.seal(packetOf(mediatest.Tone(1000, 10*time.Second), 9, 1))
	stop := elsewhere.talk(addressOf(s), 1, 440)
	s.Play(media.NewTone(700, 0))
	hears(t, ear(s), 440)
	elsewhere.mustHear(t, 700)
	if len(stranger.Got()) > 0 {
		t.Errorf("%d packets were sent to a stranger", len(stranger.Got()))
	}

	// While it is heard there, even its key does not move it.
	before := s.Stats().Strangers
	_ = peer(t, "127.0.0.9").SendRaw(addressOf(s), early)
	eventually(t, "it is a stranger", func() bool { return s.Stats().Strangers > before })
	stop()
}

// ourKey is the key in an answer.
func ourKey(t *testing.T, answer []byte) []byte {
	t.Helper()
	said := inline.FindStringSubmatch(string(answer))
	if said == nil {
		t.Fatalf("no key in\n%s", answer)
	}
	key, err := base64.StdEncoding.DecodeString(said[2])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestANewOfferKeepsOrChangesBothKeys(t *testing.T) {
	t.Parallel()
	suite := sdp.Suites[3]
	s, p, offer := keyed(t, suite)
	s.Play(media.NewTone(700, 0))
	e := ear(s)
	stop := p.talk(addressOf(s), 1, 440)
	hears(t, e, 440)
	answer, err := s.Accept(offer) // to keep the call alive
	if err != nil {
		t.Fatal(err)
	}
	first := ourKey(t, answer)
	e.Forget()
	hears(t, e, 440)
	stop()

	// The key goes on where it was: what has come may not come again after such an offer.
	old, before := p.seal(packetOf(mediatest.Tone(440, 10*time.Second), 1, 2000)), s.Stats()
	_ = p.SendRaw(addressOf(s), old)
	eventually(t, "a packet is taken", func() bool { return s.Stats().Received > before.Received })
	if _, err := s.Accept(offer); err != nil {
		t.Fatal(err)
	}
	_ = p.SendRaw(addressOf(s), old)
	eventually(t, "not again", func() bool { return s.Stats().Replayed > before.Replayed })

	// Another phone takes the place of the first: it must not get the key of that talk.
	key := secret(30)
	if answer, err = s.Accept(sealedOffer(p, suite, key)); err != nil {
		t.Fatal(err)
	}
	second := ourKey(t, answer)
	if bytes.Equal(first, second) {
		t.Error("another phone gets the key of the talk with the first")
	}
	other := &sealedPeer{Peer: p.Peer, sealing: ciphers(t, key, suite), opening: ciphers(t, second, suite)}
	defer other.talk(addressOf(s), 2, 600)()
	e.Forget()
	hears(t, e, 600)
	eventually(t, "it hears us", func() bool {
		got := p.Got()
		data, err := got[len(got)-1].Marshal()
		if err != nil {
			t.Fatal(err)
		}
		_, err = other.opening.DecryptRTP(nil, data, nil)
		return err == nil
	})

	// What was protected by a key is never protected by it again after a rest.
	if _, err := s.Accept(p.Offer("sendrecv")); !errors.Is(err, media.ErrSecurity) {
		t.Errorf("plain sound where it must be protected: %v", err)
	}
}

// Two sources that take turns, as the legs of a conference do, are two.
func TestSourcesUnderAKeyAreCountedOnce(t *testing.T) {
	t.Parallel()
	s, p, _ := keyed(t, sdp.Suites[3])
	tone := mediatest.Tone(440, 10*time.Second)
	for turn := range 80 {
		if err := p.SendRaw(addressOf(s), p.seal(packetOf(tone, uint32(1+turn%2), uint16(turn/2)))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	eventually(t, "all packets of both are heard", func() bool { return s.Stats().Received == 80 })
	for ssrc := range uint32(60) {
		_ = p.SendRaw(addressOf(s), p.seal(packetOf(tone, 100+ssrc, 1)))
		time.Sleep(10 * time.Millisecond)
	}
	eventually(t, "they cannot be without number", func() bool { return s.Stats().OverRate == 30 })
}

// Another phone that answers in the place of the first has not counted how often our
// numbers wrapped.
func TestAnotherPhoneThatAnswersGetsANewSource(t *testing.T) {
	t.Parallel()
	suite := sdp.Suites[3]
	s := openWith(t, running(t, media.Config{}), media.Options{Encryption: media.Required, Confidential: true})
	p := peer(t, "")
	s.Play(media.NewTone(700, 0))
	answer := func(key []byte) {
		t.Helper()
		if _, err := s.Offer(); err != nil {
			t.Fatal(err)
		}
		body := bytes.Replace(sealedOffer(&sealedPeer{Peer: p}, suite, key), []byte("crypto:7"), []byte("crypto:4"), 1)
		if err := s.SetAnswer(body); err != nil {
			t.Fatal(err)
		}
	}
	newest := func() uint32 { got := p.Got(); return got[len(got)-1].SSRC }
	first := secret(30)
	answer(first)
	eventually(t, "we send", func() bool { return len(p.Got()) > 5 })
	ssrc := newest()
	answer(first) // again, to keep the call alive
	n := len(p.Got())
	eventually(t, "we go on", func() bool { return len(p.Got()) > n+5 })
	if newest() != ssrc {
		t.Error("the same phone gets another source")
	}
	answer(secret(30))
	eventually(t, "another phone gets a source of its own", func() bool { return newest() != ssrc })
}

// To keep a call alive, what we said last is offered again, though it was an answer:
// what comes of it may not take the protection away.
func TestTheAnswerToAnAnswerThatIsOfferedAgainKeepsTheKey(t *testing.T) {
	t.Parallel()
	s, p, offer := keyed(t, sdp.Suites[3])
	if err := s.SetAnswer(offer); err != nil { // the peer's key is as before
		t.Errorf("the same again: %v", err)
	}
	for name, answer := range map[string]string{
		"plain":         string(p.Offer("sendrecv")),
		"another tag":   strings.Replace(string(offer), "crypto:7", "crypto:8", 1),
		"another suite": string(sealedOffer(p, sdp.Suites[4], secret(30))),
	} {
		if err := s.SetAnswer([]byte(answer)); !errors.Is(err, media.ErrSecurity) {
			t.Errorf("%s: %v", name, err)
		}
	}
	defer p.talk(addressOf(s), 1, 440)()
	hears(t, ear(s), 440)
}

// An offer of ours is over once the peer has made another.
func TestALaterOfferOfThePeerEndsWhatOursAllowed(t *testing.T) {
	t.Parallel()
	s, p := openWith(t, running(t, media.Config{}), media.Options{Confidential: true}), &sealedPeer{Peer: peer(t, "")}
	if _, err := s.Offer(); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAnswer(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	offer := sealedOffer(p, sdp.Suites[3], secret(30)) // under a number that ours did not have
	if _, err := s.Accept(offer); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAnswer(offer); err != nil {
		t.Errorf("the answer to it, offered again: %v", err)
	}
}

func TestAKeyThatRestedIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{Confidential: true})
	p := &sealedPeer{Peer: peer(t, "")}
	offer := sealedOffer(p, sdp.Suites[3], secret(30))
	answer, err := s.Accept(offer)
	if err != nil {
		t.Fatal(err)
	}
	first := ourKey(t, answer)
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	if answer, err = s.Accept(offer); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, ourKey(t, answer)) {
		t.Error("a key is used again, from the beginning")
	}
}

// greeter is a peer of pion's DTLS.
type greeter struct {
	conn *net.UDPConn
	cert tls.Certificate
}

func newGreeter(t *testing.T) *greeter {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &greeter{conn, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

// listenAgain opens the port that was closed.
func (g *greeter) listenAgain(t *testing.T) {
	t.Helper()
	conn, err := net.ListenUDP("udp", g.conn.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	g.conn = conn
}

func (g *greeter) offer(setup string) []byte {
	port := g.conn.LocalAddr().(*net.UDPAddr).Port
	sum := sha256.Sum256(g.cert.Certificate[0])
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d UDP/TLS/RTP/SAVPF 0 101\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=fingerprint:sha-256 %s\r\na=setup:%s\r\na=rtcp-mux\r\na=sendrecv\r\n",
		port, strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"), setup)
}

// handshake shakes hands as a client or a server, and gives the keys.
func (g *greeter) handshake(t *testing.T, to netip.AddrPort, client bool) (opening, sealing *srtp.Context, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	addr := net.UDPAddrFromAddrPort(to)
	var conn *dtls.Conn
	profiles := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	if client {
		conn, err = dtls.ClientWithOptions(g.conn, addr, dtls.WithCertificates(g.cert), profiles, dtls.WithInsecureSkipVerify(true))
	} else {
		conn, err = dtls.ServerWithOptions(g.conn, addr, dtls.WithCertificates(g.cert), profiles, dtls.WithInsecureSkipVerify(true), dtls.WithClientAuth(dtls.RequireAnyClientCert))
	}
	if err != nil {
		return nil, nil, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, err
	}
	profile, _ := conn.SelectedSRTPProtectionProfile()
	state, _ := conn.ConnectionState()
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return nil, nil, err
	}
	opening, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile)
	if err != nil {
		return nil, nil, err
	}
	sealing, err = srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	return opening, sealing, err
}

func TestKeysComeOfAHandshakeWhoeverBeginsIt(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"actpass", "passive", "active"} {
		t.Run(setup, func(t *testing.T) {
			t.Parallel()
			s := openWith(t, running(t, media.Config{}), media.Options{})
			e := ear(s)
			g := newGreeter(t)
			answer, err := s.Accept(g.offer(setup))
			if err != nil {
				t.Fatal(err)
			}
			ours := map[bool]string{true: "passive", false: "active"}[setup == "active"]
			if !strings.Contains(string(answer), "a=setup:"+ours+"\r\n") || !strings.Contains(string(answer), "a=rtcp-mux\r\n") {
				t.Fatalf("answered\n%s", answer)
			}
			_, sealing, err := g.handshake(t, addressOf(s), setup == "active")
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "sound is protected", func() bool { return s.Stats().Sealed })
			tone := mediatest.Tone(440, 10*time.Second)
			p := &sealedPeer{sealing: sealing}
			done := make(chan struct{})
			defer func() { <-done }()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				defer close(done)
				for n := uint16(1); ctx.Err() == nil; n++ {
					_, _ = g.conn.WriteToUDPAddrPort(p.seal(packetOf(tone, 1, n)), addressOf(s))
					time.Sleep(20 * time.Millisecond)
				}
			}()
			hears(t, e, 440)
			if _, err := s.Accept(g.offer("actpass")); err != nil { // the association stays
				t.Fatal(err)
			}
			e.Forget()
			hears(t, e, 440)
		})
	}
}

func TestAHandshakeWithAnotherCertificateGivesNoSound(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"passive", "active"} {
		s := openWith(t, running(t, media.Config{}), media.Options{})
		g, impostor := newGreeter(t), newGreeter(t)
		offer := g.offer(setup)
		if _, err := s.Accept(offer); err != nil {
			t.Fatal(err)
		}
		impostor.conn = g.conn
		if _, _, err := impostor.handshake(t, addressOf(s), setup == "active"); err == nil && setup == "passive" {
			t.Log("the impostor takes the handshake for done") // the last word is ours
		}
		await(t, s, media.Broken)
		if st := s.Stats(); st.Sealed || st.Sent > 0 || st.HandshakesFailed != 1 {
			t.Errorf("%+v", st)
		}
	}
}

// A greeting from elsewhere would have us answer, or end the handshake with the peer.
func TestAGreetingOfAStrangerIsNotAnswered(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{})
	g, stranger := newGreeter(t), peer(t, "127.0.0.8")
	if _, err := s.Accept(g.offer("active")); err != nil {
		t.Fatal(err)
	}
	for range 5 { // a record of a handshake
		_ = stranger.SendRaw(addressOf(s), []byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1})
	}
	eventually(t, "it is refused", func() bool { return s.Stats().Strangers == 5 })
	if _, _, err := g.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the peer's goes on", func() bool { return s.Stats().Sealed })
	if len(stranger.Got()) > 0 {
		t.Error("a stranger was answered")
	}
}

func TestAForgedAlertOfThePeersAddressEndsNothing(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{})
	g := newGreeter(t)
	if _, err := s.Accept(g.offer("active")); err != nil {
		t.Fatal(err)
	}
	alert := []byte{21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40}
	for range 3 {
		_, _ = g.conn.WriteToUDPAddrPort(alert, addressOf(s))
	}
	eventually(t, "they are refused", func() bool { return s.Stats().Forged == 3 })
	if _, _, err := g.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected", func() bool { return s.Stats().Sealed })
	alert[0] = 23
	_, _ = g.conn.WriteToUDPAddrPort(alert, addressOf(s))
	eventually(t, "data in the clear is refused, too", func() bool { return s.Stats().Forged == 4 })
}

func TestAHandshakeIsBegunAnewWhereItMustBe(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{})
	g, impostor, moved := newGreeter(t), newGreeter(t), newGreeter(t)
	if _, err := s.Accept(g.offer("passive")); err != nil {
		t.Fatal(err)
	}
	conn := impostor.conn
	impostor.conn = g.conn
	_, _, _ = impostor.handshake(t, addressOf(s), false)
	await(t, s, media.Broken)
	impostor.conn = conn
	g.listenAgain(t) // what failed has closed it

	// The very same offer, after the failure.
	if _, err := s.Accept(g.offer("passive")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.handshake(t, addressOf(s), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected at last", func() bool { return s.Stats().Sealed })

	// The same certificate at another port.
	moved.cert = g.cert
	if _, err := s.Accept(moved.offer("passive")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := moved.handshake(t, addressOf(s), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected", func() bool { return s.Stats().Sealed })

	// And at yet another, while the association stood; the peer begins.
	again := newGreeter(t)
	again.cert = g.cert
	answer, err := s.Accept(again.offer("active"))
	if err != nil || !strings.Contains(string(answer), "a=setup:passive\r\n") {
		t.Fatalf("%v\n%s", err, answer)
	}
	if _, _, err := again.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected again", func() bool { return s.Stats().Sealed })

	// And at one more, in the same roles.
	last := newGreeter(t)
	last.cert = g.cert
	if _, err := s.Accept(last.offer("active")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := last.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
}
