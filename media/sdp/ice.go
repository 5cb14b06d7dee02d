package sdp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// ProfileWeb is that of our offers to browsers.
const ProfileWeb = "UDP/TLS/RTP/SAVPF"

// ICE is what a side lets the other prove by that it may be sent to (RFC 8839 section
// 5.4). The zero value is none: the address in the description counts.
type ICE struct{ User, Password string }

// readICE reads what a line, or the session for all its lines, says of it. It counts
// where it can be used: the sound and its reports go one way, the keys come of a
// handshake, and the peer does the checks, which who is lite does not.
func (l *line) readICE(session, media []sdp.Attribute) {
	if !strings.HasPrefix(l.profile, "UDP/TLS/") || !l.mux || has(session, "ice-lite") {
		return
	}
	var c ICE
	for _, attributes := range [][]sdp.Attribute{session, media} { // the line's own win
		for _, a := range attributes {
			switch a.Key {
			case "ice-ufrag":
				c.User = strings.TrimSpace(a.Value)
			case "ice-pwd":
				c.Password = strings.TrimSpace(a.Value)
			}
		}
	}
	if isICE(c.User, 4) && isICE(c.Password, 22) {
		l.ice = c
	}
}

func has(attributes []sdp.Attribute, key string) bool {
	return slices.ContainsFunc(attributes, func(a sdp.Attribute) bool { return a.Key == key })
}

// isICE reports whether a text is of ice-chars, and not too short or long.
func isICE(text string, least int) bool {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '+' && c != '/' {
			return false
		}
	}
	return len(text) >= least && len(text) <= 256
}

// prove says how the peer proves where it is, and the one way to us, which is all that
// an agent that is lite has to say (RFC 8445 section 5.2).
func (l Local) prove(m *sdp.MediaDescription) {
	if l.ICE == (ICE{}) {
		return
	}
	m.WithValueAttribute("ice-ufrag", l.ICE.User).WithValueAttribute("ice-pwd", l.ICE.Password).
		WithValueAttribute("candidate", "1 1 udp 2130706431 "+l.Address.Addr().Unmap().String()+" "+strconv.Itoa(int(l.Address.Port()))+" typ host").
		WithPropertyAttribute("end-of-candidates")
}

// bundle says in a description for browsers which line is agreed on: they know lines by
// their mid (RFC 8843), and want it said again of those that are refused.
func bundle(desc *sdp.SessionDescription, mid string) {
	desc.WithPropertyAttribute("ice-lite")
	if mid != "" {
		desc.WithValueAttribute("group", "BUNDLE "+mid)
	}
}

// midOf is the name of a line; empty: it has none.
func midOf(m *sdp.MediaDescription) string {
	mid, _ := m.Attribute("mid")
	return strings.TrimSpace(mid)
}
