package call

import (
	"cmp"
	"strings"

	"github.com/callward/callward/router/queue"
)

// follow remembers the transfer that an agent asks for, until the caller is with a human
// again: the talk with that agent ends by it, whoever hangs up first.
func (c *Call) follow(e Entry) {
	switch e.Kind {
	case KindTransfer:
		c.sent = e
	case KindBridged:
		c.sent = Entry{}
	default:
	}
}

// endedBy says, for the queue's events, who ended the talk with an agent, and where the
// caller was sent, if it was a transfer.
func (c *Call) endedBy(offer int64, agent string) (who queue.Reason, to string) {
	p := c.party(offer)
	if p != nil {
		agent = cmp.Or(p.Name, agent)
	}
	switch {
	case agent != "" && c.sent.Agent == agent:
		return destinationOf(c.sent)
	case p != nil && over(p.leg):
		return queue.ByAgent, ""
	case over(c.leg):
		return queue.ByCaller, ""
	}
	return "", ""
}

// destinationOf says how an agent sent a caller on, and where.
func destinationOf(e Entry) (how queue.Reason, to string) {
	if taker, handover := strings.CutSuffix(e.Reason, onTheLine); handover {
		return queue.ByHandover, strings.TrimPrefix(taker, handedTo)
	}
	if _, colleague, ok := strings.Cut(e.Reason, sentTo); ok {
		return queue.ByTransfer, colleague
	}
	return queue.ByTransfer, cmp.Or(e.Queue, queue.Outside)
}

// Parts of the reasons of transfers.
const (
	handedTo  = "to "
	onTheLine = ", who is on the line"
	sentTo    = ", to "
)

func over(leg Leg) bool {
	select {
	case <-leg.Done():
		return true
	default:
		return false
	}
}
