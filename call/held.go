package call

// This file is for a caller whom an agent's phone holds, as one does who asks a colleague
// before handing the caller over: nobody is left in silence.

// AgentHolds says whether the phone of a human on the line holds us.
type AgentHolds struct {
	Offer int64
	On    bool
}

func (AgentHolds) event() {}

// agentHolds notes it. What the caller hears follows.
func (m *machine) agentHolds(h AgentHolds) {
	switch {
	case h.On:
		m.holder = h.Offer
	case m.holder == h.Offer:
		m.holder = 0
	}
	m.holdMusic()
}

// holdMusic plays music to a caller who is with somebody that holds us, and to no other.
func (m *machine) holdMusic() {
	held := m.state == StateBridged && m.holder != 0 && m.holder == m.place.offer
	if held == m.music {
		return
	}
	m.music = held
	if held {
		m.write(Entry{Kind: KindHeld, Agent: m.place.agent})
		m.do(Hold{})
		return
	}
	m.write(Entry{Kind: KindUnheld, Agent: m.place.agent})
	m.do(Hush{})
}

// unmusic ends the music, because the caller goes elsewhere.
func (m *machine) unmusic() {
	if m.music {
		m.music = false
		m.do(Hush{})
	}
}
