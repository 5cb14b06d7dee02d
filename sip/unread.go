package sip

import (
	"bytes"
	"fmt"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Requests that cannot be read are refused with 400 all the same (RFC 4475
// section 3.1.2): what an answer repeats of them is copied as it came.

// unread counts a message that cannot be read, and refuses it if it is a request
// with a Via. Everything else gets silence. b need not be whole.
func (s *Server) unread(b []byte, from route) {
	defer s.survive()
	s.malformed()
	line, rest, _ := bytes.Cut(b, []byte("\r\n"))
	part := strings.Fields(string(line))
	if len(part) < 3 || !isToken(part[0]) || part[0] == string(gosip.ACK) || !strings.HasPrefix(part[len(part)-1], "SIP/") {
		return
	}
	head := fmt.Appendf(nil, "%s sip:unread SIP/2.0\r\n%s", part[0], rest)
	if n := headLength(head); n >= 0 {
		head = head[:n]
	}
	req, back := skim(head, from)
	if req == nil {
		return
	}
	code := 400
	switch scheme, _, ok := strings.Cut(part[1], ":"); {
	case part[len(part)-1] != "SIP/2.0":
		code = 505
	case len(part) == 3 && ok && isToken(scheme) && !isOurs(scheme): // one that the parser cannot even name
		code = 416
	}
	if out, err := encode(s.echo(req, code)); err != nil || back.send(out) != nil {
		s.count.unsent.Add(1)
	}
}

// skim reads no header but Via, and if need be not even that: then the answer goes
// to where the request came from. Without a Via there is no request.
func skim(head []byte, from route) (*gosip.Request, route) {
	via := gosip.DefaultHeadersParser()["via"]
	if req := parseOnly(head, gosip.HeadersParser{"via": via, "v": via}); req != nil && req.Via() != nil && req.Via().Host != "" {
		tidy(req)
		stampVia(req.Via(), from.peer)
		return req, replyRoute(req.Via(), from)
	}
	if req := parseOnly(head, gosip.HeadersParser{}); req != nil && (req.GetHeader("via") != nil || req.GetHeader("v") != nil) {
		return req, from
	}
	return nil, route{}
}

func parseOnly(head []byte, headers gosip.HeadersParser) *gosip.Request {
	msg, err := gosip.NewParser(gosip.WithHeadersParsers(headers)).ParseSIP(head)
	if req, ok := msg.(*gosip.Request); ok && err == nil {
		return req
	}
	return nil
}

// echo makes a response of the headers that each response repeats (RFC 3261
// section 8.2.6.2), as far as they are there.
func (s *Server) echo(req *gosip.Request, code int) *gosip.Response {
	res := gosip.NewResponse(code, phrase(code))
	for _, h := range req.Headers() {
		switch gosip.HeaderToLower(h.Name()) {
		case "to", "t":
			if to := h.Value(); !strings.Contains(to, "tag=") {
				h = gosip.NewHeader("To", to+";tag="+s.tagFrom(req.String()))
			}
			res.AppendHeader(h)
		case "via", "v", "from", "f", "call-id", "i", "cseq":
			res.AppendHeader(h)
		}
	}
	res.AppendHeader(gosip.NewHeader("Server", s.cfg.UserAgent))
	res.SetBody(nil)
	return res
}
