package sip

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Bounds of a message before it is parsed. They drop none of the messages of
// RFC 4475, and keep the cost of a hostile one linear and below a millisecond.
const (
	maxHead       = 16 << 10
	maxBody       = 48 << 10
	maxMessage    = maxHead + maxBody
	maxLines      = 256
	maxLine       = 4096
	maxSeparators = 64  // ; , ? & in one line
	maxInAll      = 512 // and in all of them
)

var (
	errTooLarge = errors.New("message is larger than we take")
	errNoHead   = errors.New("message has no end of headers")
	errControl  = errors.New("message head holds a stray control byte")
	errLength   = errors.New("message length is missing or contradicts itself")
)

// guard says whether a message's head may be parsed. It looks at each byte once.
func guard(head []byte) error {
	if len(head) > maxHead {
		return errTooLarge
	}
	lines, length, separators, inAll := 0, 0, 0, 0
	for i, c := range head {
		switch c {
		case 0:
			if i == 0 || head[i-1] != '\\' { // else a quoted pair (RFC 3261 section 25.1)
				return errControl
			}
		case '\r':
			if i+1 >= len(head) || head[i+1] != '\n' {
				return errControl
			}
		case '\n':
			if i == 0 || head[i-1] != '\r' {
				return errControl
			}
			lines, length, separators = lines+1, 0, 0
		case ';', ',', '?', '&':
			separators++
			inAll++
		}
		length++
		if lines > maxLines || length > maxLine || separators > maxSeparators || inAll > maxInAll {
			return errTooLarge
		}
	}
	return nil
}

// cutDatagram gives the message in a datagram: bytes past its Content-Length are
// dropped (RFC 3261 section 18.3). Leading line breaks are keep-alive. With
// errLength comes the head alone.
func cutDatagram(b []byte) ([]byte, error) {
	b = bytes.TrimLeft(b, "\r\n")
	head := headLength(b)
	if head < 0 {
		return nil, errNoHead
	}
	if err := guard(b[:head]); err != nil {
		return nil, err
	}
	n, ok, err := contentLength(b[:head])
	switch {
	case err != nil:
		return b[:head], err
	case !ok:
		return b, nil
	case n > len(b)-head:
		return b[:head], errLength
	}
	return b[:head+n], nil
}

// cutStream takes the first whole message off a stream (RFC 3261 section 18.3).
// A nil message with a nil error asks for more bytes. After an error there is no
// boundary left to find, and the connection has to go.
func cutStream(b []byte) (msg, rest []byte, err error) {
	b = bytes.TrimLeft(b, "\r\n")
	head := headLength(b)
	if head < 0 {
		if len(b) > maxHead {
			return nil, b, errTooLarge
		}
		return nil, b, nil
	}
	if err := guard(b[:head]); err != nil {
		return nil, b, err
	}
	n, ok, err := contentLength(b[:head])
	if err != nil || !ok {
		return nil, b, errLength
	}
	if n > maxBody {
		return nil, b, errTooLarge
	}
	if len(b) < head+n {
		return nil, b, nil
	}
	return b[:head+n], b[head+n:], nil
}

// headLength is the length of the head with its empty line, or -1.
func headLength(b []byte) int {
	if i := bytes.Index(b[:min(len(b), maxHead+4)], []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

// contentLength reads every Content-Length of a head; two that differ are an error.
func contentLength(head []byte) (n int, ok bool, err error) {
	for at := 0; at < len(head); {
		end := at + logicalLine(head[at:])
		line := head[at:end]
		at = end
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || !isContentLength(string(bytes.TrimSpace(name))) {
			continue
		}
		v, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 24)
		if err != nil || ok && int(v) != n {
			return 0, false, errLength
		}
		n, ok = int(v), true
	}
	return n, ok, nil
}

// logicalLine is the length of the first line with those that continue it: they begin
// with a blank (RFC 3261 section 7.3.1).
func logicalLine(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("\r\n"))
		if i < 0 {
			return len(b)
		}
		at += i + 2
		if at == len(b) || b[at] != ' ' && b[at] != '\t' {
			return at
		}
	}
}

func isContentLength(name string) bool {
	return strings.EqualFold(name, "content-length") || strings.EqualFold(name, "l")
}
