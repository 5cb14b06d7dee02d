package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// A Registration says where we register, and as whom.
type Registration struct {
	Registrar      string // sip: URI of the registrar
	User, Password string
	Contact        string        // sip: URI where we are reached; empty means User at our address
	Expires        time.Duration // asked for; 0 means 1 h

	// OnState, if set, hears of each change: registered, or lost and why.
	OnState func(registered bool, err error)
}

// Register registers and keeps the registration alive until ctx ends; then it
// takes it back and returns nil. What is refused for good (403, 404) is a
// *Rejected; everything else is tried again.
func (s *Server) Register(ctx context.Context, reg Registration) error {
	c, err := s.newClientReg(reg)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	wait := s.cfg.Timers.Retry
	for {
		next, err := c.once(ctx, c.asked)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			wait = s.cfg.Timers.Retry
			c.state(true, nil)
		case isFinal(err):
			c.state(false, err)
			return fmt.Errorf("register: %w", err)
		default:
			c.state(false, err)
			next, wait = wait, min(2*wait, 32*s.cfg.Timers.Retry)
		}
		if !c.pause(ctx, next) {
			c.unregister(ctx)
			return nil
		}
	}
}

func isFinal(err error) bool {
	var r *Rejected
	return errors.As(err, &r) && (r.Code == 401 || r.Code == 403 || r.Code == 404 || r.Code == 407)
}

// clientReg is a registration of ours.
type clientReg struct {
	s         *Server
	reg       Registration
	registrar gosip.Uri
	contact   gosip.Uri // zero until the way out is known, unless given
	asked     time.Duration
	signed    *login
	callID    string
	tag       string
	seq       uint32
	ok        bool
	told      bool
	path      route
}

func (s *Server) newClientReg(reg Registration) (*clientReg, error) {
	c := &clientReg{s: s, reg: reg, asked: reg.Expires, callID: newCallID(), tag: newTag()}
	c.signed = &login{user: reg.User, password: reg.Password}
	if c.asked <= 0 {
		c.asked = time.Hour
	}
	if reg.User == "" || strings.ContainsAny(reg.User, "@<>\" ") || checkText(reg.User) != nil {
		return nil, fmt.Errorf("user: %w", ErrUnsafe)
	}
	var err error
	if c.registrar, err = parseURI(reg.Registrar); err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	c.registrar.User = "" // RFC 3261 section 10.2
	if reg.Contact != "" {
		if c.contact, err = parseURI(reg.Contact); err != nil {
			return nil, fmt.Errorf("contact: %w", err)
		}
	}
	return c, nil
}

// state tells of changes only.
func (c *clientReg) state(ok bool, err error) {
	if c.told && c.ok == ok {
		return
	}
	c.ok, c.told = ok, true
	if c.reg.OnState != nil {
		c.reg.OnState(ok, err)
	}
}

// once sends one REGISTER, answers its challenge, and gives the time after which
// to send the next.
func (c *clientReg) once(ctx context.Context, life time.Duration) (time.Duration, error) {
	path, err := c.s.routeTo(ctx, c.registrar, c.path)
	if err != nil {
		return 0, err
	}
	c.path = path
	for try := 0; ; try++ {
		res, err := c.send(ctx, path, life)
		switch {
		case err != nil:
			return 0, err
		case res.StatusCode < 300:
			return c.refreshAfter(res, life), nil
		case try < 2 && c.signed.challenged(res, try):
			continue
		case res.StatusCode == 423 && try == 0: // RFC 3261 section 10.2.8
			if h := res.GetHeader("min-expires"); h != nil && life > 0 {
				life = max(life, lifeOf(h.Value(), life))
				c.asked = life
				continue
			}
		}
		return 0, &Rejected{res.StatusCode, res.Reason}
	}
}

func (c *clientReg) send(ctx context.Context, path route, life time.Duration) (*gosip.Response, error) {
	final := make(chan *gosip.Response, 1)
	lost := make(chan error, 1)
	hear := func(res *gosip.Response) {
		if res.StatusCode >= 200 {
			final <- res
		}
	}
	if _, err := c.s.ask(c.request(path, life), path, hear, func(err error) { lost <- err }); err != nil {
		return nil, err
	}
	select {
	case res := <-final:
		return res, nil
	case err := <-lost:
		return nil, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *clientReg) request(path route, life time.Duration) *gosip.Request {
	c.seq++
	req := gosip.NewRequest(gosip.REGISTER, c.registrar)
	aor := gosip.Uri{Scheme: "sip", User: c.reg.User, Host: c.registrar.Host, Port: c.registrar.Port}
	from := &gosip.FromHeader{Address: aor}
	from.Params.Add("tag", c.tag)
	req.AppendHeader(maxForwards(70))
	req.AppendHeader(from)
	req.AppendHeader(&gosip.ToHeader{Address: aor})
	callID := gosip.CallIDHeader(c.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: c.seq, MethodName: gosip.REGISTER})
	at := contact(path, c.reg.User)
	if c.contact.Host != "" {
		at.Address = c.contact
	}
	req.AppendHeader(at)
	req.AppendHeader(gosip.NewHeader("Expires", strconv.Itoa(int(life/time.Second))))
	req.AppendHeader(gosip.NewHeader("User-Agent", c.s.cfg.UserAgent))
	c.signed.sign(req)
	req.SetBody(nil)
	return req
}

// refreshAfter is 80 % of what was granted.
func (c *clientReg) refreshAfter(res *gosip.Response, life time.Duration) time.Duration {
	if h := res.GetHeader("expires"); h != nil {
		life = min(life, lifeOf(h.Value(), life))
	}
	for _, h := range res.GetHeaders("contact") {
		if ch, ok := h.(*gosip.ContactHeader); ok && ch.Address.User == c.reg.User {
			if e, ok := ch.Params.Get("expires"); ok {
				life = min(life, lifeOf(e, life))
			}
		}
	}
	return max(life*8/10, 100*time.Millisecond)
}

// pause waits, and reports whether to go on. A TCP connection that closes cuts it
// short: the registrar cannot reach us any more.
func (c *clientReg) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	var closed <-chan struct{}
	if c.ok && c.path.stream != nil {
		closed = c.path.stream.closed
	}
	select {
	case <-ctx.Done():
		return false
	case <-c.s.life.Done():
		return false
	case <-t.C:
	case <-closed:
	}
	return true
}

// unregister takes the registration back, if there is one, and does not wait long.
func (c *clientReg) unregister(ctx context.Context) {
	if !c.ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*c.s.cfg.Timers.T1)
	defer cancel()
	_, err := c.once(ctx, 0)
	c.state(false, err)
}
