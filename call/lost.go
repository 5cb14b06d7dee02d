package call

import (
	"context"
	"slices"
	"time"
)

// This file is for a caller whose human's phone is lost: a browser was closed, a machine went to
// sleep, a network failed. Nobody has said goodbye, so the caller does not go with it.

// lost gives the caller to other people, or back to whom a supervisor took the caller from.
func (m *machine) lost(now time.Time, offer int64) {
	m.write(Entry{Kind: KindTrouble, Agent: m.place.agent, Reason: "nothing more is heard of the phone"})
	if m.place.held {
		m.handedBack(now, HandedBack{Offer: offer})
		m.do(Release{Offer: offer})
		return
	}
	m.unmusic()
	m.do(Part{}, Release{Offer: offer})
	m.toPeople(now, m.place, place{})
}

// loseHolder ends the part of a supervisor who has the caller and is not heard any more.
func (c *Call) loseHolder(ctx context.Context, s *supervisor) {
	c.noteOver(ctx, s, "not heard any more", "")
	c.supervisors = slices.DeleteFunc(c.supervisors, func(o *supervisor) bool { return o == s })
	c.arrange()
	c.handle(ctx, AgentGone{Offer: s.party.Offer.Number, Lost: true})
	if c.present() == 0 {
		c.handle(ctx, Supervised{})
	}
}
