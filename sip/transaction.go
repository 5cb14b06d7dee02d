package sip

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Transactions (RFC 3261 section 17, RFC 6026). A transaction is a state and two
// timers: repeat sends the last message again, end lets it go. It has no
// goroutine.

type txState uint8

const (
	txTrying     txState = iota // nothing heard, or nothing said
	txProceeding                // a provisional response
	txAccepted                  // INVITE, 2xx: the core repeats it (RFC 6026 section 7)
	txCompleted                 // any other final response
	txConfirmed                 // INVITE, ACK received
	txGone
)

const (
	maxTransactions = 100000 // of each side: two for each call of the last 32 s; a flood beyond it is dropped
	crowd           = 4096   // of requests; calls that are refused beyond it hear so once (RFC 3261 section 8.2.7)
)

// serverKey matches repeats of a request (RFC 3261 section 17.2.3).
func serverKey(r *gosip.Request) string {
	if r.Method == gosip.ACK {
		return serverKeyAs(r, gosip.INVITE)
	}
	return serverKeyAs(r, r.Method)
}

func serverKeyAs(r *gosip.Request, method gosip.RequestMethod) string {
	via := r.Via()
	branch, _ := via.Params.Get("branch")
	if len(branch) > len(gosip.RFC3261BranchMagicCookie) && strings.HasPrefix(branch, gosip.RFC3261BranchMagicCookie) {
		return branch + "|" + strings.ToLower(via.Host) + "|" + strconv.Itoa(via.Port) + "|" + string(method)
	}
	// RFC 2543: no branch to go by. An ACK has the To tag of our response, so that stays out.
	return strings.Join([]string{
		"2543", r.CallID().Value(), tagOf(r.From().Params), strconv.Itoa(int(r.CSeq().SeqNo)), via.SentBy(), string(method),
	}, "|")
}

func clientKey(branch string, method gosip.RequestMethod) string {
	return branch + "|" + string(method)
}

// serverTx answers one request.
type serverTx struct {
	s        *Server
	key      string
	mergeKey string // of an INVITE outside a dialog
	invite   bool
	back     route
	tag      string // of the leg
	crowded  bool   // there were many when it began

	mu     sync.Mutex
	leg    *Leg // of an INVITE, until it is refused or the leg has ended
	state  txState
	last   []byte
	wait   time.Duration
	repeat *time.Timer
	end    *time.Timer
}

// open makes the transaction of a request, inside leg's dialog if it is one; nil
// if there are too many.
func (s *Server) open(in inbound, leg *Leg) *serverTx {
	tx := &serverTx{s: s, key: in.key, invite: in.req.Method == gosip.INVITE, back: in.back}
	if leg != nil && tx.invite { // nothing else needs it: a BYE must not keep for 32 s what it ended
		tx.tag, tx.leg = leg.id, leg
	}
	if s.keep(tx) != nil {
		return nil
	}
	return tx
}

func (s *Server) keep(tx *serverTx) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.servers) >= maxTransactions {
		return errBusyTable
	}
	tx.crowded = len(s.servers) >= crowd
	s.servers[tx.key] = tx
	if tx.mergeKey != "" {
		s.merged[tx.mergeKey] = tx.key
	}
	return nil
}

func (s *Server) serverTx(key string) *serverTx {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers[key]
}

// again handles a repeat of the request, or the ACK of a refusal.
func (tx *serverTx) again(req *gosip.Request) {
	if req.Method == gosip.ACK && tx.invite {
		tx.acked(req)
		return
	}
	tx.mu.Lock()
	last := tx.last
	tx.mu.Unlock()
	if last != nil {
		_ = tx.back.send(last)
	}
}

// acked ends the repeats of a refusal (timer I). An ACK in the Accepted state has
// the branch of its INVITE by mistake; many send it so, and the dialog takes it.
func (tx *serverTx) acked(req *gosip.Request) {
	tx.mu.Lock()
	state := tx.state
	if state == txCompleted {
		tx.state, tx.last = txConfirmed, nil
		tx.endIn(tx.linger(tx.s.cfg.Timers.T4))
	}
	leg := tx.leg
	tx.mu.Unlock()
	if state == txAccepted && leg != nil {
		leg.onAck(req)
	}
}

// linger is how long a finished transaction stays to absorb repeats; over TCP
// there are none.
func (tx *serverTx) linger(d time.Duration) time.Duration {
	if tx.back.stream != nil {
		return 0
	}
	return d
}

// respond sends a response and moves the transaction on.
func (tx *serverTx) respond(res *gosip.Response) error {
	b, err := encode(res)
	if err != nil {
		tx.s.count.unsent.Add(1)
		return err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.state >= txAccepted {
		return ErrEnded
	}
	giveUp := tx.s.cfg.Timers.giveUp()
	switch {
	case res.StatusCode < 200:
		tx.state, tx.last = txProceeding, b
	case tx.invite && res.StatusCode < 300:
		tx.state, tx.last = txAccepted, nil
		tx.endIn(giveUp) // timer L
	case tx.invite:
		tx.state, tx.last, tx.leg = txCompleted, bytes.Clone(b), nil // a flood of refused calls keeps no legs
		tx.repeatFrom(tx.s.cfg.Timers.T1)                            // timer G
		tx.endIn(tx.patience(giveUp))                                // timer H
	default:
		tx.state, tx.last = txCompleted, bytes.Clone(b) // without the room that it was written in
		tx.endIn(tx.linger(giveUp))                     // timer J
	}
	if err := tx.back.send(b); err != nil {
		tx.s.count.unsent.Add(1)
		return fmt.Errorf("send response: %w", err)
	}
	return nil
}

// patience is how long the ACK of a refusal is waited for: in a crowd, as long as two
// repeats of the INVITE take. Else some thousand refused calls a second, which nobody
// acknowledges, would be 32 times as many transactions and ten times as many datagrams.
func (tx *serverTx) patience(d time.Duration) time.Duration {
	if tx.crowded {
		return 4 * tx.s.cfg.Timers.T1
	}
	return d
}

// part lets go of the leg, which has ended; the transaction stays to absorb repeats.
func (tx *serverTx) part() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.leg = nil
}

// waiting gives the leg of an INVITE that may still be canceled.
func (tx *serverTx) waiting() *Leg {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.leg
}

// trying says 100 unless something was said.
func (tx *serverTx) trying(res *gosip.Response) {
	tx.mu.Lock()
	silent := tx.state == txTrying
	tx.mu.Unlock()
	if silent {
		_ = tx.respond(res)
	}
}

// endIn needs tx.mu.
func (tx *serverTx) endIn(d time.Duration) {
	if tx.end != nil {
		tx.end.Stop()
	}
	tx.end = time.AfterFunc(d, tx.gone)
}

// repeatFrom needs tx.mu.
func (tx *serverTx) repeatFrom(d time.Duration) {
	if tx.back.stream != nil || tx.crowded {
		return
	}
	tx.wait = d
	tx.repeat = time.AfterFunc(d, tx.repeatLast)
}

func (tx *serverTx) repeatLast() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.state != txCompleted {
		return
	}
	_ = tx.back.send(tx.last)
	tx.wait = min(2*tx.wait, tx.s.cfg.Timers.T2)
	tx.repeat.Reset(tx.wait)
}

func (tx *serverTx) gone() {
	tx.stop()
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	if tx.s.servers[tx.key] == tx {
		delete(tx.s.servers, tx.key)
	}
	if tx.mergeKey != "" && tx.s.merged[tx.mergeKey] == tx.key {
		delete(tx.s.merged, tx.mergeKey)
	}
}

func (tx *serverTx) stop() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.state, tx.last = txGone, nil
	stopTimers(tx.repeat, tx.end)
}

func stopTimers(timers ...*time.Timer) {
	for _, t := range timers {
		if t != nil {
			t.Stop()
		}
	}
}

// clientTx sends one request and hears its responses.
type clientTx struct {
	s    *Server
	req  *gosip.Request
	key  string
	path route
	hear func(*gosip.Response) // each response once; a repeated 2xx of an INVITE each time; must not block
	lost func(error)           // instead of a final response; must not block

	mu     sync.Mutex
	state  txState
	bytes  []byte
	ack    []byte
	wait   time.Duration
	repeat *time.Timer
	end    *time.Timer
}

// ask sends req along path and tells hear and lost what comes of it. req must
// hold all but its Via.
func (s *Server) ask(req *gosip.Request, path route, hear func(*gosip.Response), lost func(error)) (*clientTx, error) {
	branch := s.addVia(req, path)
	return s.askAs(req, branch, path, hear, lost)
}

// askAs sends a request that has its Via.
func (s *Server) askAs(req *gosip.Request, branch string, path route, hear func(*gosip.Response), lost func(error)) (*clientTx, error) {
	b, err := encode(req)
	if err != nil {
		s.count.unsent.Add(1)
		return nil, err
	}
	tx := &clientTx{s: s, req: req, key: clientKey(branch, req.Method), path: path, bytes: b, hear: hear, lost: lost}
	s.mu.Lock()
	if s.closed || len(s.clients) >= maxTransactions {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.clients[tx.key] = tx
	s.mu.Unlock()
	if err := tx.start(); err != nil {
		tx.gone()
		return nil, err
	}
	return tx, nil
}

// addVia puts our Via on top of req and gives its branch.
func (s *Server) addVia(req *gosip.Request, path route) string {
	host, port := path.local()
	branch := gosip.GenerateBranch()
	via := &gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(path.network()), Host: host, Port: port,
	}
	via.Params.Add("branch", branch)
	via.Params.Add("rport", "")
	req.PrependHeader(via)
	return branch
}

// client finds the transaction of a response.
func (s *Server) client(key string) *clientTx {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[key]
}

func (tx *clientTx) start() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	t := tx.s.cfg.Timers
	if tx.path.udp != nil { // timers A and E
		tx.wait = t.T1
		tx.repeat = time.AfterFunc(tx.wait, tx.repeatRequest)
	}
	tx.end = time.AfterFunc(t.giveUp(), func() { tx.fail(errTimeout) }) // timers B and F
	if err := tx.path.send(tx.bytes); err != nil {
		tx.s.count.unsent.Add(1)
		stopTimers(tx.repeat, tx.end)
		return fmt.Errorf("send %s: %w", tx.req.Method, err)
	}
	return nil
}

func (tx *clientTx) repeatRequest() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	invite := tx.req.Method == gosip.INVITE
	if tx.state > txProceeding || invite && tx.state == txProceeding {
		return
	}
	_ = tx.path.send(tx.bytes)
	tx.wait *= 2
	if !invite { // only timer E has a ceiling
		tx.wait = min(tx.wait, tx.s.cfg.Timers.T2)
	}
	tx.repeat.Reset(tx.wait)
}

func (tx *clientTx) onResponse(res *gosip.Response) {
	if tx.take(res) {
		tx.hear(res)
	}
}

// take moves the transaction on, and reports whether the response is news.
func (tx *clientTx) take(res *gosip.Response) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	invite := tx.req.Method == gosip.INVITE
	switch {
	case tx.state == txAccepted:
		return res.StatusCode >= 200 && res.StatusCode < 300 // a repeat, or another branch of a fork
	case tx.state == txCompleted && invite && res.StatusCode >= 300:
		_ = tx.path.send(tx.ack)
		return false
	case tx.state > txProceeding:
		return false
	case res.StatusCode < 200:
		tx.state = txProceeding
		if invite { // from here on the caller's patience counts, not timer B
			stopTimers(tx.repeat, tx.end)
		}
		return true
	case invite && res.StatusCode < 300:
		tx.state = txAccepted
		tx.finish(tx.s.cfg.Timers.giveUp()) // timer M
	case invite:
		tx.state = txCompleted
		tx.acknowledge(res)
		tx.finish(tx.linger(tx.s.cfg.Timers.giveUp())) // timer D
	default:
		tx.state = txCompleted
		tx.finish(tx.linger(tx.s.cfg.Timers.T4)) // timer K
	}
	return true
}

func (tx *clientTx) linger(d time.Duration) time.Duration {
	if tx.path.stream != nil {
		return 0
	}
	return d
}

// finish needs tx.mu.
func (tx *clientTx) finish(linger time.Duration) {
	stopTimers(tx.repeat, tx.end)
	tx.bytes = nil
	tx.end = time.AfterFunc(linger, tx.gone)
}

// acknowledge sends the ACK of a refusal (RFC 3261 section 17.1.1.3). It needs tx.mu.
func (tx *clientTx) acknowledge(res *gosip.Response) {
	ack := sameBranch(tx.req, gosip.ACK)
	ack.ReplaceHeader(gosip.HeaderClone(res.To()))
	b, err := encode(ack)
	if err != nil {
		tx.s.count.unsent.Add(1)
		return
	}
	tx.ack = b
	_ = tx.path.send(b)
}

// sameBranch makes the ACK of a refusal, or the CANCEL, of an INVITE: they share
// its branch, route and number.
func sameBranch(invite *gosip.Request, method gosip.RequestMethod) *gosip.Request {
	r := gosip.NewRequest(method, invite.Recipient)
	r.AppendHeader(gosip.HeaderClone(invite.Via()))
	gosip.CopyHeaders("Route", invite, r)
	r.AppendHeader(maxForwards(70))
	r.AppendHeader(gosip.HeaderClone(invite.From()))
	r.AppendHeader(gosip.HeaderClone(invite.To()))
	r.AppendHeader(gosip.HeaderClone(invite.CallID()))
	r.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	r.SetBody(nil)
	return r
}

func maxForwards(n int) gosip.Header {
	h := gosip.MaxForwardsHeader(n)
	return &h
}

// expire lets an unanswered transaction go after d; what comes later is not heard.
func (tx *clientTx) expire(d time.Duration) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.state <= txProceeding {
		stopTimers(tx.end)
		tx.end = time.AfterFunc(d, func() { tx.fail(errTimeout) })
	}
}

func (tx *clientTx) finished() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.state > txProceeding
}

// fail ends the transaction; lost hears of it if there was no final response.
func (tx *clientTx) fail(err error) {
	tx.mu.Lock()
	open := tx.state <= txProceeding
	tx.state = txGone
	tx.mu.Unlock()
	tx.gone()
	if open {
		tx.lost(err)
	}
}

func (tx *clientTx) gone() {
	tx.mu.Lock()
	tx.state = txGone
	stopTimers(tx.repeat, tx.end)
	tx.mu.Unlock()
	tx.s.mu.Lock()
	defer tx.s.mu.Unlock()
	if tx.s.clients[tx.key] == tx {
		delete(tx.s.clients, tx.key)
	}
}
