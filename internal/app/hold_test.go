package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// A plainPhone knows session timers but no UPDATE, and leaves the refreshes to us.
type plainPhone struct {
	t       *testing.T
	w       *siptest.Wire
	session *media.Session
	uri     string
	tag     string // of the other side
	seq     int
}

func (p *plainPhone) send(method, extra string) {
	p.w.Send(siptest.Request(method, p.uri, fmt.Sprintf("z9hG4bK%s%d", method, p.seq), "plain", p.tag, p.seq, extra))
}

// offers makes an offer and takes the answer, which must have the direction want.
func (p *plainPhone) offers(sdp, want string) {
	p.t.Helper()
	p.seq++
	p.send("INVITE", "Allow: INVITE, ACK, BYE\nSupported: timer\nSession-Expires: 90;refresher=uas\nContent-Type: application/sdp\n\n"+sdp)
	ok := p.w.Expect("SIP/2.0 200")
	p.tag = ok.Tag("To")
	p.send("ACK", "")
	if !strings.Contains(ok.Body(), "a="+want+"\r\n") {
		p.t.Errorf("the answer is not %s:\n%s", want, ok.Body())
	}
	if err := p.session.SetAnswer([]byte(ok.Body())); err != nil {
		p.t.Fatal(err)
	}
}

// isRefreshed waits for a refresh: an offer with the direction want, to which the
// phone says sdp again.
func (p *plainPhone) isRefreshed(sdp, want string) {
	p.t.Helper()
	m := p.w.Expect("INVITE")
	if !strings.Contains(m.Body(), "a="+want+"\r\n") {
		p.t.Errorf("the refresh is not %s:\n%s", want, m.Body())
	}
	p.w.Send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\nContact: <sip:caller@{local}>\n"+
		"Require: timer\nSession-Expires: 90;refresher=uac\nContent-Type: application/sdp\n\n%s",
		m.Header("Via"), m.Header("From"), m.Header("To"), m.Header("Call-ID"), m.Header("CSeq"), sdp))
	p.w.Expect("ACK")
}

// packets counts all that came, wanted or not.
func (p *plainPhone) packets() uint64 {
	st := p.session.Stats()
	return st.Received + st.Unexpected
}

// Who takes no UPDATE is refreshed by an offer. One that comes within a hold must
// keep it, and its answer must not be taken for the end.
func TestARefreshByOfferKeepsTheHold(t *testing.T) {
	t.Parallel()
	s := serveTimed(t, sip.Timers{Second: 60 * time.Millisecond}, "", "--test-numbers") // a refresh each 2.7 s
	session, heard := farSession(t)
	p := &plainPhone{t: t, w: siptest.NewWire(t, s.sip, "udp"), session: session, uri: siptest.URI(s.sip, "echo", "udp")}
	offer, err := session.Offer()
	if err != nil {
		t.Fatal(err)
	}
	talk := string(offer)
	held := strings.NewReplacer("a=sendrecv", "a=sendonly").Replace(talk)
	p.offers(talk, "sendrecv")
	p.offers(held, "recvonly")
	for range 2 {
		p.isRefreshed(held, "recvonly")
	}
	before := p.packets()
	session.Play(media.NewTone(400, 200*time.Millisecond))
	time.Sleep(400 * time.Millisecond) // in which nothing may come back
	if got := p.packets() - before; got > 0 {
		t.Errorf("after the refreshes %d packets came though the line is held", got)
	}
	p.offers(talk, "sendrecv")
	echoes(t, session, heard)
	p.seq++
	p.send("BYE", "")
	p.w.Expect("SIP/2.0 200")
	s.eventually("the call is over", func() bool { return s.sip.Stats().Dialogs == 0 && s.media.Stats().Sessions == 0 })
}
