package call

import "github.com/callward/callward/media"

// arrange has everybody hear whom they may: the caller and whoever the caller talks with
// each other, unless the caller's voice is kept from them; supervisors both, and the bot.
func (c *Call) arrange() {
	h := &c.humans
	h.mu.Lock()
	defer h.mu.Unlock()
	watchers := c.watchers()
	if h.joined == nil && len(watchers) == 0 {
		_ = h.mix.Close()
		return
	}
	var hear, agent []*media.Session // who hears the caller; who talks with him
	if h.joined != nil {
		h.mix.Join(h.joined.session)
		h.mix.Delay(h.joined.session, 0)
		agent = []*media.Session{h.joined.session}
		if !h.deaf {
			hear = append(hear, agent...)
		}
	}
	if !h.veiled {
		for _, s := range watchers {
			hear = append(hear, s.party.session)
		}
	}
	h.mix.Whisper(c.session, hear...)
	for _, s := range watchers {
		late := c.setup.ListenDelay
		switch s.Mode {
		case Barge:
			late = 0 // who talks with the caller hears as an agent does
			h.mix.Join(s.party.session)
		case Whisper:
			h.mix.Whisper(s.party.session, agent...)
		default:
			h.mix.Listen(s.party.session)
		}
		h.mix.Follow(s.party.session, c.session)
		h.mix.Delay(s.party.session, late)
	}
}

// watchers are the supervisors who have answered, but for one who has the caller.
func (c *Call) watchers() (out []*supervisor) {
	for _, s := range c.supervisors {
		if s.On && s.party != c.humans.joined {
			out = append(out, s)
		}
	}
	return out
}
