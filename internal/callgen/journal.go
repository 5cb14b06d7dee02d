package callgen

import (
	"strings"
	"time"

	"github.com/callward/callward/call"
)

// callHeader is where a server tells which call this is.
const callHeader = "X-Callward-Call"

// connected learns which call is ours, and catches up with what is known of it.
func (c *conversation) connected() {
	c.id = c.identify()
	c.tell(call.Entry{Kind: KindConnected, Call: c.id, Reason: c.session.Stats().Codec})
	early := c.early
	c.early = nil
	for _, e := range early {
		c.note(e)
	}
}

// identify names our call: as the server's answer says, or the tag that the
// server gave the dialog.
func (c *conversation) identify() call.ID {
	if id := c.leg.Header(callHeader); id != "" {
		return call.ID(id)
	}
	_, params, _ := strings.Cut(c.leg.Header("To"), ">")
	for p := range strings.SplitSeq(params, ";") {
		if tag, ok := strings.CutPrefix(strings.TrimSpace(p), "tag="); ok {
			return call.ID(tag)
		}
	}
	return ""
}

// note takes an entry of the server's journal and shows it if it is ours.
func (c *conversation) note(e call.Entry) {
	if c.leg == nil {
		c.early = append(c.early, e)
		return
	}
	if e.Call != c.id {
		return
	}
	c.turn.note(e, time.Now())
	c.ended = c.ended || e.Kind == call.KindEnded
	c.show(e)
}

// lastWords waits a moment for the server to tell the end.
func (c *conversation) lastWords() {
	patience := time.NewTimer(settle)
	defer patience.Stop()
	for c.turn.told && !c.ended && c.entries != nil {
		select {
		case e, more := <-c.entries:
			if !more {
				return
			}
			c.note(e)
		case <-patience.C:
			return
		}
	}
}

// tell shows something that we know ourselves.
func (c *conversation) tell(e call.Entry) {
	e.Time = time.Now()
	if e.Call == "" {
		e.Call = c.id
	}
	c.show(e)
}
