package sip

import (
	"bytes"
	"fmt"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// message is what we send: a *gosip.Request or a *gosip.Response.
type message interface {
	gosip.Message
	Headers() []gosip.Header
}

// encode turns m into the bytes for the wire. It is the one way out: nothing is
// sent that did not come from here. A value that holds a line break would add a
// line, so the head must have exactly one line for each header, a start line and
// an empty one, and no CR, LF or NUL that is stray.
func encode(m message) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(1024 + len(m.Body()))
	m.StringWrite(&b)
	head := b.Bytes()[:b.Len()-len(m.Body())]
	if lines, ok := countLines(head); !ok || lines != len(m.Headers())+2 {
		return nil, unsafeHeader(m)
	}
	return b.Bytes(), nil
}

// countLines counts the lines of a head; ok is false if it holds a stray CR or LF,
// or a NUL that no backslash quotes.
func countLines(head []byte) (lines int, ok bool) {
	for i, c := range head {
		switch c {
		case 0:
			if i == 0 || head[i-1] != '\\' {
				return 0, false
			}
		case '\r':
			if i+1 >= len(head) || head[i+1] != '\n' {
				return 0, false
			}
		case '\n':
			if i == 0 || head[i-1] != '\r' {
				return 0, false
			}
			lines++
		}
	}
	return lines, true
}

// unsafeHeader names the header to blame, if its name can be shown.
func unsafeHeader(m message) error {
	for _, h := range m.Headers() {
		if isToken(h.Name()) && checkText(h.Value()) != nil {
			return fmt.Errorf("header %s: %w", h.Name(), ErrUnsafe)
		}
	}
	return fmt.Errorf("message: %w", ErrUnsafe)
}

// checkText refuses values with control characters.
func checkText(values ...string) error {
	for _, v := range values {
		if strings.ContainsFunc(v, isControl) {
			return ErrUnsafe
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isToken reports whether s is a token (RFC 3261 section 25.1): a header's name.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-.!%*_+`'~", r)
	})
}

// quoted escapes a display name for its place between quotes.
func quoted(name string) string { return escape.Replace(name) }

//nolint:gochecknoglobals // what a quoted-string escapes (RFC 3261 section 25.1); they are slow to make
var (
	escape   = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)
)

// parseURI reads a URI that somebody here wants us to send. It is stricter than
// sipgo's parser: what it passes cannot break out of its angle brackets.
func parseURI(text string) (gosip.Uri, error) {
	var u gosip.Uri
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>"\`, r) }) {
		return u, fmt.Errorf("address: %w", ErrUnsafe)
	}
	if err := gosip.ParseUri(text, &u); err != nil || u.Host == "" || u.Wildcard || (u.Scheme != "sip" && u.Scheme != "sips") {
		return u, fmt.Errorf("address is not a sip: URI")
	}
	u.Headers = nil // RFC 3261 section 19.1.5: never let an address write our headers
	return u, nil
}

// ownHeaders are written by the package alone.
//
//nolint:gochecknoglobals // a read-only table
var ownHeaders = map[string]bool{
	"via": true, "v": true, "from": true, "f": true, "to": true, "t": true, "call-id": true, "i": true,
	"cseq": true, "contact": true, "m": true, "route": true, "record-route": true, "max-forwards": true,
	"content-length": true, "l": true, "content-type": true, "c": true, "authorization": true,
	"proxy-authorization": true, "require": true, "allow": true, "supported": true, "k": true,
	"user-agent": true, "server": true, "session-expires": true, "x": true, "min-se": true, "rseq": true, "rack": true,
}

// addHeaders appends the caller's own headers to m.
func addHeaders(m message, headers map[string]string) error {
	for name, value := range headers {
		if err := checkHeader(name, value); err != nil {
			return err
		}
		m.AppendHeader(gosip.NewHeader(name, value))
	}
	return nil
}

// checkHeader refuses what is ours to write, and values that would break out.
func checkHeader(name, value string) error {
	if !isToken(name) || ownHeaders[strings.ToLower(name)] {
		return fmt.Errorf("header name: %w", ErrUnsafe)
	}
	if checkText(value) != nil {
		return fmt.Errorf("header %s: %w", name, ErrUnsafe)
	}
	return nil
}
