package sip

import gosip "github.com/emiago/sipgo/sip"

// Early dialogs of calls of ours (RFC 3261 section 12.1): somebody rings, and has
// not answered.

// earlyDialog is the caller's side of one.
type earlyDialog struct {
	leg  *Leg   // it rings; the attempt alone knows it
	rseq uint32 // of the reliable response acknowledged last; 0 before the first
}

// rung notes the early dialog of a provisional response; nil if it makes none, or
// there are too many. It needs a.mu.
func (a *attempt) rung(res *gosip.Response) *earlyDialog {
	tag := tagOf(res.To().Params)
	d := a.early[tag]
	if d != nil || tag == "" || res.StatusCode <= 100 || len(a.early) >= maxForks {
		return d
	}
	d = &earlyDialog{leg: a.s.dialogOf(a, res, tag)}
	d.leg.state, d.leg.remote = legRinging, nil // only what is acknowledged is an answer
	a.early[tag] = d
	return d
}

// follow goes on where an early dialog stopped: with its numbers, and with the
// answer that came in it, unless there is a newer one. l is known to nobody else.
func (l *Leg) follow(early *Leg) {
	early.mu.Lock()
	defer early.mu.Unlock()
	l.seqOut, l.seqIn = max(l.seqOut, early.seqOut), max(l.seqIn, early.seqIn)
	if len(l.remote) == 0 {
		l.remote = early.remote
	}
}

// unanswered is what is known of an attempt before it is answered.
func (a *attempt) unanswered() dialogID { return dialogID{callID: a.callID, ours: a.tag} }

// dials lets requests of the early dialogs of an attempt find it.
func (s *Server) dials(a *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialing[a.unanswered()] = a
}

func (s *Server) dialed(a *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.dialing, a.unanswered())
}

// earlyLeg finds the early dialog of a call of ours that a request is part of; nil if
// there is none. Who rings may say UPDATE (RFC 3311 section 5.1), and nothing else.
func (s *Server) earlyLeg(in inbound) *Leg {
	id := in.dialog()
	s.mu.Lock()
	a := s.dialing[dialogID{callID: id.callID, ours: id.ours}]
	s.mu.Unlock()
	if a == nil || in.req.Method != gosip.UPDATE {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.early[id.theirs]; d != nil && !a.givenUp {
		return d.leg
	}
	return nil
}
