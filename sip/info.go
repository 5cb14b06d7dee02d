package sip

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// An Info is what the other side says inside a call by INFO, in the way of before
// RFC 6086: keys, of phones that do not send them as RTP events. What is in it may
// be secret, so it prints as a mask.
type Info struct {
	Type string // content type in lower case, without parameters
	Body []byte
}

// Format prints a mask for every verb.
func (Info) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[info]") }

// LogValue logs a mask.
func (Info) LogValue() slog.Value { return slog.StringValue("[info]") }

// MarshalText encodes a mask.
func (Info) MarshalText() ([]byte, error) { return []byte("[info]"), nil }

const maxInfos = 16 // not yet read

//nolint:gochecknoglobals // a read-only table
var infoTypes = []string{"application/dtmf-relay", "application/dtmf"}

// Infos gives what comes by INFO. It is never closed; see Done.
func (l *Leg) Infos() <-chan Info { return l.infos }

// onInfo answers an INFO. One without a body is a sign of life. It needs l.mu.
func (l *Leg) onInfo(req *gosip.Request, tx *serverTx) {
	kind := ""
	if ct := req.ContentType(); ct != nil {
		kind, _, _ = strings.Cut(ct.Value(), ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	switch {
	case l.state == legEnded:
		_ = tx.respond(l.respond(req, 481, nil))
	case headerOf(req, "Info-Package", "") != "": // RFC 6086 section 4.2.2
		l.respondWith(tx, req, 469, "Recv-Info", "")
	case len(req.Body()) == 0:
		_ = tx.respond(l.respond(req, 200, nil))
	case !slices.Contains(infoTypes, kind):
		l.respondWith(tx, req, 415, "Accept", strings.Join(infoTypes, ", "))
	default:
		select {
		case l.infos <- Info{Type: kind, Body: req.Body()}:
			_ = tx.respond(l.respond(req, 200, nil))
		default: // nobody reads them
			l.respondWith(tx, req, 500, "Retry-After", retryAfter)
		}
	}
}
