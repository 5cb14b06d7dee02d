package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// A Binding is a phone's registration (RFC 3261 section 10).
type Binding struct {
	User    string
	Contact string    // where to reach it: a sip: URI
	Expires time.Time // zero when it has gone
}

// registrar keeps who is where.
type registrar struct {
	s    *Server
	gate *gate

	mu       sync.Mutex
	users    map[string][]*binding     // the newest first
	contacts map[contactKey][]*binding // the same contact of several users: who had it first is the first
	sources  map[netip.Addr]int        // bindings that came from there
	total    int
	clock    *time.Timer
	stopped  bool
}

// binding is one contact of one user.
type binding struct {
	user    string
	contact gosip.Uri
	text    string
	callID  string
	seq     uint32
	expires time.Time
	path    route
}

const maxContacts = 8 // of one user

func newRegistrar(s *Server) *registrar {
	r := &registrar{s: s, users: map[string][]*binding{}, contacts: map[contactKey][]*binding{}, sources: map[netip.Addr]int{}}
	if s.cfg.Credentials != nil {
		r.gate = &gate{
			realm: s.cfg.Realm, algorithms: s.cfg.Algorithms, secret: s.secret[:], life: s.cfg.Timers.Nonce,
			lookup: s.cfg.Credentials, now: time.Now, seen: map[string]nonceUse{},
		}
	}
	return r
}

// start lets bindings expire.
func (r *registrar) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = time.AfterFunc(time.Hour, r.expire)
}

// Locate gives the newest contact of a registered user. Invite.Registered calls it.
func (s *Server) Locate(user string) (contact string, ok bool) {
	if b := s.phones.newest(user); b != nil {
		return b.text, true
	}
	return "", false
}

// Toward is the way to the newest phone of a user; its fields are not valid if none is
// registered.
func (s *Server) Toward(user string) Way {
	if b := s.phones.newest(user); b != nil {
		w := b.path.way()
		w.Browser = strings.HasPrefix(w.Transport, "ws") && strings.HasSuffix(strings.ToLower(b.contact.Host), ".invalid")
		return w
	}
	return Way{}
}

// newest gives a user's newest binding that can be reached; nil if there is none.
func (r *registrar) newest(user string) *binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, b := range r.users[user] {
		if b.expires.After(now) && b.path.alive() {
			return b
		}
	}
	return nil
}

// Bindings lists who is registered now, by user.
func (s *Server) Bindings() []Binding {
	r := s.phones
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	for _, bs := range r.users {
		for _, b := range bs {
			out = append(out, Binding{b.user, b.text, b.expires})
		}
	}
	slices.SortFunc(out, func(a, b Binding) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.Contact, b.Contact))
	})
	return out
}

// HasPhone reports whether somebody has registered from an address.
func (s *Server) HasPhone(from netip.Addr) bool { return s.phones.knows(from) }

// knows reports whether somebody has registered from there.
func (r *registrar) knows(from netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[from] > 0
}

func (r *registrar) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// routeTo is the way to a registered contact: the one its registration came. A
// phone behind a NAT has no other. Where several users have the same contact, such
// as phones behind NATs with the same private addresses, it is that of who was
// heard from there, else of who had it first.
func (r *registrar) routeTo(u gosip.Uri, from route) (way route, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	best := -1
	for _, b := range r.contacts[contactOf(u)] {
		if n := b.path.nearness(from); n > best && b.path.alive() {
			way, best = b.path, n
		}
	}
	return way, best >= 0
}

// contactKey is what makes two contacts the same (RFC 3261 section 19.1.4, in short).
type contactKey struct {
	user, host, transport string
	port                  uint16
}

func contactOf(u gosip.Uri) contactKey {
	transport, _ := u.UriParams.Get("transport")
	transport = strings.ToLower(transport)
	return contactKey{u.User, strings.ToLower(u.Host), transport, portOf(u, transport)}
}

func sameContact(a, b gosip.Uri) bool { return contactOf(a) == contactOf(b) }

// onRegister authenticates and then does what the request asks. Who is unknown
// and who has the wrong password get the same: a challenge, then 403.
func (r *registrar) onRegister(in inbound) {
	if r.gate == nil {
		r.s.refuse(in, 405, gosip.NewHeader("Allow", r.s.allow()))
		return
	}
	if scheme := in.req.To().Address.Scheme; scheme != "sip" && scheme != "sips" { // RFC 3261 section 10.2
		r.s.refuse(in, 400)
		return
	}
	user, v := r.gate.check(in.req)
	if v == welcome || v == wrongSecret {
		r.s.limits.judge(in.from.peer.Addr(), v == welcome)
	}
	switch v {
	case welcome:
		r.bind(in, user)
	case wrongSecret:
		r.s.refuse(in, 403)
	default:
		r.s.refuse(in, 401, r.gate.challenge(in.req, v == staleNonce)...)
	}
}

// bind answers an authenticated REGISTER. Its transaction absorbs repeats: the
// same credentials would not do twice.
func (r *registrar) bind(in inbound, user string) {
	tx := r.s.open(in, nil)
	if tx == nil {
		return
	}
	code, extra, gone, made := r.update(in, user)
	res := r.s.reply(in.req, code, r.s.stillTag(in))
	for _, h := range extra {
		res.AppendHeader(h)
	}
	r.tell(gone, true)
	r.tell(made, false)
	_ = tx.respond(res)
}

func (r *registrar) tell(bs []*binding, gone bool) {
	if r.s.cfg.OnRegister == nil {
		return
	}
	for _, b := range bs {
		at := b.expires
		if gone {
			at = time.Time{}
		}
		r.s.cfg.OnRegister(Binding{b.user, b.text, at})
	}
}

// wish is what a REGISTER wants of one contact.
type wish struct {
	contact gosip.Uri
	life    time.Duration
}

// update changes the bindings of user all at once, or not at all (RFC 3261
// section 10.3).
func (r *registrar) update(in inbound, user string) (code int, extra []gosip.Header, gone, made []*binding) {
	if userOf(in.req.To().Address) != user {
		return 403, nil, nil, nil
	}
	wishes, all, code := r.wishes(in.req)
	if code == 423 {
		return code, []gosip.Header{gosip.NewHeader("Min-Expires", seconds(r.s.cfg.MinExpires))}, nil, nil
	}
	if code != 0 {
		return code, nil, nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	gone = r.dropLocked(user, func(b *binding) bool { return !b.expires.After(now) })
	if all || len(wishes) > 0 {
		if r.outOfOrder(in.req, user) {
			return 500, nil, gone, nil
		}
	}
	if all {
		gone = append(gone, r.dropLocked(user, func(*binding) bool { return true })...)
	}
	for _, w := range wishes {
		gone = append(gone, r.dropLocked(user, func(b *binding) bool { return w.life == 0 && sameContact(b.contact, w.contact) })...)
		if w.life == 0 {
			continue
		}
		b := r.put(in, user, w, now)
		if b == nil {
			return 503, []gosip.Header{gosip.NewHeader("Retry-After", retryAfter)}, gone, made
		}
		made = append(made, b)
	}
	return 200, r.list(user, now), gone, made
}

// wishes reads the contacts of a REGISTER and their lives.
func (r *registrar) wishes(req *gosip.Request) (ws []wish, all bool, code int) {
	common := r.s.cfg.MaxExpires
	if h := req.GetHeader("expires"); h != nil {
		common = lifeOf(h.Value(), common)
	}
	for _, h := range req.GetHeaders("contact") {
		c, ok := h.(*gosip.ContactHeader)
		if !ok {
			return nil, false, 400
		}
		if c.Address.Wildcard {
			all = true
			continue
		}
		life := common
		if e, ok := c.Params.Get("expires"); ok {
			life = lifeOf(e, common)
		}
		if life > 0 && life < r.s.cfg.MinExpires {
			return nil, false, 423
		}
		u, err := parseURI(c.Address.String())
		if err != nil || len(c.Address.Headers) > 0 || u.Scheme != "sip" {
			return nil, false, 400
		}
		ws = append(ws, wish{u, min(life, r.s.cfg.MaxExpires)})
	}
	if all && (len(ws) > 0 || common != 0) || len(ws) > maxContacts {
		return nil, false, 400
	}
	return ws, all, 0
}

// lifeOf reads seconds; what cannot be read counts as not given (RFC 3261 section
// 10.2.1.1).
func lifeOf(text string, other time.Duration) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return other
	}
	return time.Duration(n) * time.Second
}

// outOfOrder reports whether a later request of the same phone was seen already.
// It needs r.mu.
func (r *registrar) outOfOrder(req *gosip.Request, user string) bool {
	for _, b := range r.users[user] {
		if b.callID == req.CallID().Value() && req.CSeq().SeqNo <= b.seq {
			return true
		}
	}
	return false
}

// put makes or refreshes a binding; nil if there is no room. It needs r.mu.
func (r *registrar) put(in inbound, user string, w wish, now time.Time) *binding {
	b := &binding{
		user: user, contact: w.contact, text: w.contact.String(), callID: in.req.CallID().Value(),
		seq: in.req.CSeq().SeqNo, expires: now.Add(w.life), path: in.from,
	}
	key := contactOf(b.contact)
	place := slices.IndexFunc(r.contacts[key], func(old *binding) bool { return old.user == user })
	r.dropLocked(user, func(old *binding) bool { return sameContact(old.contact, w.contact) })
	if len(r.users[user]) >= maxContacts || r.total >= r.s.cfg.MaxBindings {
		return nil
	}
	r.users[user] = append([]*binding{b}, r.users[user]...)
	if place < 0 { // nobody takes over what another registered
		place = len(r.contacts[key])
	}
	r.contacts[key] = slices.Insert(r.contacts[key], place, b)
	r.sources[b.path.peer.Addr()]++
	r.total++
	if b.path.stream != nil {
		b.path.stream.hold()
	}
	if r.clock != nil && !r.stopped {
		r.clock.Reset(r.nextLocked(now))
	}
	return b
}

// dropLocked takes out what which picks. It needs r.mu.
func (r *registrar) dropLocked(user string, which func(*binding) bool) (gone []*binding) {
	var stay []*binding
	for _, b := range r.users[user] {
		if !which(b) {
			stay = append(stay, b)
			continue
		}
		gone = append(gone, b)
		r.total--
		if r.sources[b.path.peer.Addr()]--; r.sources[b.path.peer.Addr()] <= 0 {
			delete(r.sources, b.path.peer.Addr())
		}
		key := contactOf(b.contact)
		r.contacts[key] = slices.DeleteFunc(r.contacts[key], func(other *binding) bool { return other == b })
		if len(r.contacts[key]) == 0 {
			delete(r.contacts, key)
		}
		if b.path.stream != nil {
			b.path.stream.users.Add(-1)
		}
	}
	if len(stay) == 0 {
		delete(r.users, user)
	} else {
		r.users[user] = stay
	}
	return gone
}

// list is the Contact headers of a 200. It needs r.mu.
func (r *registrar) list(user string, now time.Time) []gosip.Header {
	var hs []gosip.Header
	for _, b := range r.users[user] {
		c := &gosip.ContactHeader{Address: b.contact}
		c.Params.Add("expires", seconds(b.expires.Sub(now)))
		hs = append(hs, c)
	}
	return append(hs, gosip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")))
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// expire drops what is over, and waits for the next.
func (r *registrar) expire() {
	r.mu.Lock()
	now := time.Now()
	var gone []*binding
	for user := range r.users {
		gone = append(gone, r.dropLocked(user, func(b *binding) bool { return !b.expires.After(now) || !b.path.alive() })...)
	}
	if !r.stopped {
		r.clock.Reset(r.nextLocked(now))
	}
	r.mu.Unlock()
	r.tell(gone, true)
}

// nextLocked is when to look again. It needs r.mu.
func (r *registrar) nextLocked(now time.Time) time.Duration {
	next := time.Minute
	for _, bs := range r.users {
		for _, b := range bs {
			next = min(next, b.expires.Sub(now))
		}
	}
	return max(next, 10*time.Millisecond)
}

func (r *registrar) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	stopTimers(r.clock)
}
