package call

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// This file is a caller's way from one human to another, and to numbers outside.
// It tells the truth to all three: the caller hears ringing while it rings, who
// asked is told what came of it, and where it comes to nothing the caller is back
// with who asked, or in a queue if nobody is left there.

// moving is an agent's wish that is being carried out.
type moving struct {
	ask  int   // its number, 0 without one
	from place // whom the caller talked with
	left bool  // who has hung up since
}

// What a call to somebody outside may come to, beside a queue's reasons.
const (
	Barred      queue.Reason = "barred"      // it may not be called
	Untold      queue.Reason = "untold"      // the caller's network did not say what came of it
	Unsupported queue.Reason = "unsupported" // it does not do such things
)

// statusOf puts why somebody was not reached as SIP does.
func statusOf(why queue.Reason) int {
	switch why {
	case queue.LineBusy:
		return 486
	case queue.Declined:
		return 603
	case queue.NoAnswer:
		return 408
	case Barred:
		return 403
	default:
		return 480
	}
}

// transferring takes what agents and the caller's network say of transfers.
func (m *machine) transferring(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case TransferAsked:
		m.asked(now, ev)
	case Handed:
		m.handed(ev)
	case TransferDone:
		if ev.Offer == m.place.offer && (m.handing || m.state == StateOffered) {
			m.write(Entry{Kind: KindMoved, Text: m.place.shown})
			m.end(CauseMoved, "")
		}
	case TransferRefused:
		m.write(Entry{Kind: KindBarred, Reason: ev.Reason})
	}
}

// asked sets out for somebody else, at an agent's wish.
func (m *machine) asked(now time.Time, a TransferAsked) {
	if m.state != StateBridged || m.handing || m.closing {
		m.do(Tell{Ask: a.Ask, Code: 603})
		return
	}
	why := "asked for by the agent"
	if a.To.Agent != "" {
		why += sentTo + a.To.Agent
	}
	m.write(Entry{Kind: KindTransfer, Agent: m.place.agent, Queue: a.To.Queue, Text: a.To.Shown, Reason: why})
	m.moving = moving{ask: a.Ask, from: m.place}
	m.unmusic()
	m.do(Part{})
	a.To.By = ByBridge // who asks has the caller here
	m.head(now, a.To, m.place.priority, m.sentSkills(a.To))
	m.wait(now)
}

// outwards calls the number that the caller is to be put through to.
func (m *machine) outwards() {
	m.calls--
	m.place.offer = m.calls
	m.enter(StateOffered)
	m.do(Hush{}, Ringback{})
	if m.place.by == ByRefer {
		m.do(Refer{Offer: m.place.offer, Number: m.place.number, Timeout: m.times.Ring})
		return
	}
	m.do(Ring{Offer: m.place.offer, Number: m.place.number, Timeout: m.times.Ring})
}

// placed is told when the place in a queue is safe. For an agent who sent the
// caller there, that is all that was wanted.
func (m *machine) placed() {
	m.place.tries = 0
	if m.place.direct || m.moving.ask == 0 {
		return
	}
	m.write(Entry{Kind: KindQueued, Queue: m.place.queue, Reason: wantsSkills(m.place.skills)})
	m.arrived()
}

// arrived tells who asked that the caller is where he was to go.
func (m *machine) arrived() {
	if m.moving.ask == 0 {
		return
	}
	m.do(Tell{Ask: m.moving.ask, Code: 200})
	m.release(m.moving.from)
	m.moving = moving{}
}

// answerAsker tells who asked, if somebody did.
func (m *machine) answerAsker(ask, code int) {
	if ask != 0 {
		m.do(Tell{Ask: ask, Code: code})
	}
}

// release lets the agent of a place go, unless that was done.
func (m *machine) release(from place) {
	if !m.moving.left {
		m.do(Release{Offer: from.offer})
	}
}

func (m *machine) ringing(r AgentRinging) {
	if m.state == StateOffered && r.Offer == m.place.offer && m.moving.ask != 0 {
		m.do(Tell{Ask: m.moving.ask, Code: 180})
	}
}

// unreached brings a caller back whose way to a colleague, or to a number outside,
// came to nothing.
func (m *machine) unreached(now time.Time, why queue.Reason) {
	if m.place.queue != "" {
		m.do(Leave{Ticket: m.place.ticket, Reason: queue.GaveWay})
	}
	m.stop(timerReach)
	m.stop(timerPosition)
	failed, was := m.place, m.moving
	m.moving = moving{}
	m.answerAsker(was.ask, statusOf(why))
	if was.ask != 0 && !was.left {
		m.place, m.returned = was.from, now
		m.hush()
		m.meetAgain()
		return
	}
	m.toPeople(now, was.from, failed)
}

// meetAgain joins the caller and the agent who is still on the line.
func (m *machine) meetAgain() {
	m.do(Bridge{Offer: m.place.offer})
	m.enter(StateBridged)
	m.write(Entry{Kind: KindBridged, Agent: m.place.agent, Reason: "back", TakenOver: m.place.held})
	m.holdMusic()
}

// toPeople puts a caller whom nobody outside took into a queue of ours: that which
// he came from, else that of all who want a human.
func (m *machine) toPeople(now time.Time, from, failed place) {
	if m.toQueue(now, from, failed) {
		m.announce(now, m.message(assistant.Returned))
	}
}

// toQueue is toPeople without a word of why.
func (m *machine) toQueue(now time.Time, from, failed place) bool {
	to := assistant.Place{Queue: from.queue, Priority: from.priority, Skills: from.skills}
	if to.Queue == "" || from.direct {
		var ok bool
		if to, ok = m.assistant.FallbackAt(now, m.languages[0]); !ok {
			m.unable(now)
			return false
		}
	}
	if out, ok := m.outside[to.Queue]; ok && out.Number == failed.number {
		m.unable(now)
		return false
	}
	m.place = place{}
	m.join(now, to)
	return true
}

// agentGone takes the end of an agent's leg.
func (m *machine) agentGone(now time.Time, g AgentGone) {
	switch {
	case m.moving.ask != 0 && g.Offer == m.moving.from.offer: // many hang up once they have asked
		m.release(m.moving.from)
		m.moving.left = true
	case m.state != StateBridged || g.Offer != m.place.offer:
	case now.Sub(m.returned) < m.times.Reach: // his phone hangs up once it has asked; he did not hear that it was in vain
		m.unmusic()
		m.do(Part{}, Release{Offer: g.Offer})
		m.toPeople(now, m.place, place{})
	case m.handing: // joined to the caller's network, perhaps: it will say so
		m.set(timerAway, now, m.times.Reach)
	case g.Lost:
		m.lost(now, g.Offer)
	default:
		m.end(CauseAgent, "")
	}
}

// handed gives the caller to somebody who is on the line already.
func (m *machine) handed(h Handed) {
	if m.state != StateBridged || m.handing || m.closing {
		m.do(Release{Offer: h.Offer})
		m.answerAsker(h.Ask, 603)
		return
	}
	m.write(Entry{Kind: KindTransfer, Agent: m.place.agent, Reason: handedTo + h.Agent + onTheLine})
	m.unmusic()
	m.do(Part{}, Release{Offer: m.place.offer})
	m.answerAsker(h.Ask, 200)
	m.place = place{queue: m.place.queue, direct: m.place.direct, priority: m.place.priority, skills: m.place.skills, held: m.place.held, offer: h.Offer, agent: h.Agent}
	m.meet()
}

// close ends a call because this process stops: not in the middle of a word, and
// to a refuge if there is one.
func (m *machine) close(now time.Time) {
	if m.closing {
		return
	}
	if m.state == StateRinging {
		m.end(CauseShutdown, "")
		return
	}
	if m.state == StateOffered {
		m.do(Unring{m.place.offer})
	}
	m.letGo(queue.Shutdown)
	m.closing, m.handing, m.goodbye = true, false, CauseShutdown
	m.pending, m.timers = nil, [timerCount]time.Time{}
	m.hush()
	m.do(Unhear{})
	m.enter(StateSpeaking)
	if m.refuge == "" {
		m.farewell(now)
		return
	}
	m.place = place{number: m.refuge, by: ByRefer, shown: redact.Authored(m.refuge)}
	m.speak(now, assistant.Step{Say: []assistant.Line{m.message(assistant.Connecting)}})
}

// farewell says that nobody is there any more, and hangs up.
func (m *machine) farewell(now time.Time) {
	m.place = place{}
	m.speak(now, assistant.Step{Say: []assistant.Line{m.message(assistant.Unable)}, Hangup: true})
}
