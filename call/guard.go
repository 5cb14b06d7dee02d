package call

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// This file keeps from others what they must not hear of the caller: the sound of keys
// while a card is spoken of or asked for, and, if policy says so, a card that is said to
// an agent. For that the recognizers go on hearing; what they understand is looked at for
// digits, and thrown away.

// guarded is what is being kept from others.
type guarded struct {
	agents  bool // policy: from them, too
	watched bool // a supervisor is there
	veil    bool // the caller is not heard by supervisors
	asked   bool // the bot asks for a card
	keys    bool // their sound is hidden
	voice   bool // the caller is not heard by the agent
}

// guard says what is to be kept from others from now on, if that has changed.
func (m *machine) guard() {
	if m.ended() {
		return
	}
	g := &m.guarded
	hide := g.asked || m.taking != nil || m.mail.stage == mailRecords || m.redactor.Sensitive()
	if hide != g.keys {
		g.keys = hide
		m.do(HideKeys{On: hide})
	}
	digits := !m.timers[timerMuted].IsZero()
	if veil := g.watched && (hide || digits); veil != g.veil {
		g.veil = veil
		m.do(Veil{On: veil})
	}
	mute := g.agents && digits
	if mute == g.voice {
		return
	}
	g.voice = mute
	m.do(Mute{On: mute})
	if mute {
		m.write(Entry{Kind: KindMuted, Agent: m.place.agent, Reason: "digits that may be a card's are being said"})
	} else {
		m.write(Entry{Kind: KindUnmuted, Agent: m.place.agent})
	}
}

// expects notes whether the bot asks for a card.
func (m *machine) expects(l *assistant.Listen) {
	m.guarded.asked = l != nil && l.Expect == assistant.ExpectCard
}

// overhear looks at what the caller says to an agent. The caller is not heard from the
// first digits that are withheld until the number is over, or nothing more of it comes.
func (m *machine) overhear(now time.Time, h Heard) {
	if id := h.Language + h.Utterance; h.Final {
		m.paid(h.Language, h.Utterance)
		m.redactor.Final(id, h.Words)
		m.redactor.Settle() // nobody is shown what it was
	} else {
		m.redactor.Partial(id, h.Words)
	}
	m.stop(timerMuted)
	if m.redactor.Sensitive() {
		m.set(timerMuted, now, m.times.Muted)
	}
}

// overhears reports whether what the caller says is for an agent alone, and looked at.
func (m *machine) overhears() bool {
	return (m.guarded.agents || m.guarded.watched) && m.state == StateBridged
}

// unhear closes the recognizers, unless the agent, or a supervisor, is to be kept from
// hearing cards.
func (m *machine) unhear() {
	m.writeHeld()
	if m.guarded.agents || m.guarded.watched {
		m.redactor.Expect(redact.Expect{})
		return
	}
	m.do(Unhear{})
}
