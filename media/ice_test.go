package media_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // of STUN
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/stun"
)

// A prover is a browser as far as a session can tell: it proves where it is, then begins
// a handshake.
type prover struct {
	*greeter

	user, password string // told by the session
}

// offer hides where the prover is.
func (p *prover) offer(fragment string) []byte {
	lines := regexp.MustCompile(`(?s)^.*m=audio \d+ `).ReplaceAllString(string(p.greeter.offer("actpass")), "")
	return []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 " + lines +
		"a=mid:0\r\na=ice-ufrag:" + fragment + "\r\na=ice-pwd:" + strings.Repeat("p", 22) + "\r\n")
}

func (p *prover) meet(t *testing.T, s *media.Session, fragment string) {
	t.Helper()
	answer, err := s.Accept(p.offer(fragment))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`a=ice-ufrag:(\S+)\r\na=ice-pwd:(\S+)`).FindSubmatch(answer)
	if found == nil || !strings.Contains(string(answer), "a=setup:passive\r\n") {
		t.Fatalf("answered\n%s", answer)
	}
	p.user, p.password = string(found[1])+":"+fragment, string(found[2])
}

// check is a request of a peer that knows the password.
func check(user, password string, nominates bool) []byte {
	b := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "transaction!"...)
	add := func(kind uint16, value []byte) {
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
		b = append(b, value...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	add(6, []byte(user))
	if nominates {
		add(0x25, nil)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20+24))
	mac := hmac.New(sha1.New, []byte(password))
	mac.Write(b)
	add(8, mac.Sum(nil))
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20+8))
	add(0x8028, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)^0x5354554e))
	return b
}

// proves sends checks from a socket until one is answered, and reports whether one was.
func (p *prover) proves(t *testing.T, conn *net.UDPConn, s *media.Session) bool {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if p.prove(t, conn, s, p.password) {
			return true
		}
	}
	return false
}

// prove sends a check from a socket, and reports whether it was answered soon.
func (p *prover) prove(t *testing.T, conn *net.UDPConn, s *media.Session, password string) bool {
	t.Helper()
	_, _ = conn.WriteToUDPAddrPort(check(p.user, password, true), addressOf(s))
	b := make([]byte, 1500)
	_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	for {
		n, err := conn.Read(b)
		if err != nil {
			return false
		}
		if stun.Is(b[:n]) && b[0] == 1 && b[1] == 1 {
			return true
		}
	}
}

func meeting(t *testing.T) (*prover, *media.Session) {
	t.Helper()
	s := openWith(t, running(t, media.Config{}), media.Options{ICE: true})
	p := &prover{greeter: newGreeter(t)}
	p.meet(t, s, "AAAA")
	return p, s
}

func TestABrowserIsHeardAndHearsOnceItHasProvedWhereItIs(t *testing.T) {
	t.Parallel()
	p, s := meeting(t)
	e := ear(s)
	s.Play(media.NewTone(660, 0))
	if p.prove(t, p.conn, s, strings.Repeat("x", 26)) {
		t.Fatal("who does not know the password is answered")
	}
	if !p.proves(t, p.conn, s) {
		t.Fatal("no answer to a check")
	}
	opening, sealing, err := p.handshake(t, addressOf(s), true)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected", func() bool { return s.Stats().Sealed })
	sealed := &sealedPeer{sealing: sealing, opening: opening}
	tone := mediatest.Tone(440, 10*time.Second)
	said := talk(func(n uint16) { _, _ = p.conn.WriteToUDPAddrPort(sealed.seal(packetOf(tone, 1, n)), addressOf(s)) })
	t.Cleanup(func() { said() })
	hears(t, e, 440)
	last := said()
	if st := s.Stats(); st.Sent == 0 || st.Strangers > 0 {
		t.Errorf("%+v", st)
	}

	// The same browser moves: to where it nominates, and nowhere else.
	other, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, _ = other.WriteToUDPAddrPort(sealed.seal(packetOf(tone, 1, last+1)), addressOf(s)) // the key alone moves nothing
	if sends(other) {
		t.Error("sound goes to where nobody proved to be")
	}
	if !p.proves(t, other, s) {
		t.Fatal("no answer to a check")
	}
	eventually(t, "sound follows the browser", func() bool { return sends(other) })
}

// talk calls send for packet after packet, 20 ms apart, until the function that it returns
// is called, which gives the number of the last.
func talk(send func(n uint16)) (end func() uint16) {
	quit, last := make(chan struct{}), make(chan uint16, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := uint16(1); ; n++ {
			send(n)
			select {
			case <-tick.C:
			case <-quit:
				last <- n
				return
			}
		}
	}()
	return sync.OnceValue(func() uint16 { close(quit); return <-last })
}

// sends reports whether sound comes to a socket soon.
func sends(conn *net.UDPConn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	b := make([]byte, 1500)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return false
		}
		if n > 0 && b[0]>>6 == 2 {
			return true
		}
	}
}

func TestABrowserThatBeginsAnewIsToldAnotherPassword(t *testing.T) {
	t.Parallel()
	p, s := meeting(t)
	before := p.password
	p.meet(t, s, "AAAA")
	if p.password != before {
		t.Error("the same proof, and another password")
	}
	p.meet(t, s, "BBBB")
	if p.password == before {
		t.Error("another proof, and the same password")
	}
	if p.prove(t, p.conn, s, before) || !p.proves(t, p.conn, s) {
		t.Error("not the new password counts, but the old")
	}
}

func TestWhoMustProveWhereItIsButDoesNotIsRefused(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{ICE: true})
	for name, offer := range map[string][]byte{
		"plain":       []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
		"a handshake": newGreeter(t).offer("actpass"),
	} {
		if _, err := s.Accept(offer); !errors.Is(err, media.ErrSecurity) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// We call a browser: our offer says how it proves itself, and its answer begins the
// handshake.
func TestABrowserThatIsCalledProvesItselfByOurOffer(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{ICE: true, Codecs: []string{"PCMU"}})
	p := &prover{greeter: newGreeter(t)}
	offer, err := s.Offer()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`a=ice-ufrag:(\S+)\r\na=ice-pwd:(\S+)`).FindSubmatch(offer)
	if found == nil {
		t.Fatalf("offered\n%s", offer)
	}
	answer := strings.Replace(string(p.offer("AAAA")), "a=setup:actpass", "a=setup:active", 1)
	if err := s.SetAnswer([]byte(answer)); err != nil {
		t.Fatal(err)
	}
	p.user, p.password = fmt.Sprintf("%s:AAAA", found[1]), string(found[2])
	if !p.proves(t, p.conn, s) {
		t.Fatal("no answer to a check")
	}
	if _, _, err := p.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sound is protected", func() bool { return s.Stats().Sealed })
}
