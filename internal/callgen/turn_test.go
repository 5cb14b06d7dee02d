package callgen

import (
	"testing"
	"time"

	"github.com/callward/callward/call"
)

func TestWhoseTurnItIs(t *testing.T) {
	at := time.Unix(0, 0)
	const s = time.Second
	for name, c := range map[string]struct {
		journal       []call.Kind
		heard, quiet  time.Duration
		passed        time.Duration
		ours, talking bool
	}{
		"nothing yet":                     {passed: s, quiet: s},
		"nobody ever speaks":              {passed: 7 * s, quiet: 7 * s, ours: true},
		"the bot pauses for breath":       {heard: 2 * s, quiet: 500 * time.Millisecond, passed: 3 * s},
		"quiet, and no server to ask":     {heard: 2 * s, quiet: s, passed: 3 * s, ours: true},
		"quiet, but the bot is not done":  {journal: []call.Kind{call.KindBotSaid}, heard: 2 * s, quiet: 2 * s, passed: 3 * s},
		"the bot is done":                 {journal: []call.Kind{call.KindBotSaid, call.KindBotDone}, heard: s, quiet: s, passed: 3 * s, ours: true},
		"done, but its end is on the way": {journal: []call.Kind{call.KindBotDone}, heard: s, passed: 3 * s},
		"done, and it speaks again": {
			journal: []call.Kind{call.KindBotDone, call.KindBotSaid}, heard: s, quiet: s, passed: 3 * s,
		},
		"done got lost":          {journal: []call.Kind{call.KindBotSaid}, heard: s, quiet: 5 * s, passed: 6 * s, ours: true},
		"music in the queue":     {journal: []call.Kind{call.KindBotDone, call.KindQueued}, heard: s, quiet: 9 * s, passed: 9 * s},
		"the agent has greeted":  {journal: []call.Kind{call.KindQueued, call.KindBridged}, heard: s, quiet: s, passed: 2 * s, ours: true},
		"the agent is speaking":  {journal: []call.Kind{call.KindQueued, call.KindBridged}, heard: s, passed: 2 * s},
		"we are still speaking":  {heard: s, quiet: 9 * s, passed: 9 * s, talking: true},
		"the agent says nothing": {journal: []call.Kind{call.KindBridged}, quiet: 4 * s, passed: 4 * s, ours: true},
	} {
		t.Run(name, func(t *testing.T) {
			turn := turn{since: at}
			for _, k := range c.journal {
				turn.note(call.Entry{Kind: k}, at)
			}
			turn.hear(c.heard, c.quiet)
			turn.acting = c.talking
			if got := turn.ours(at.Add(c.passed)); got != c.ours {
				t.Errorf("ours: %v", got)
			}
		})
	}
}

func TestSoundOfAnEarlierTurnDoesNotCount(t *testing.T) {
	at := time.Unix(0, 0)
	turn := turn{since: at}
	turn.hear(3*time.Second, time.Second)
	turn.begin()
	turn.end(at)
	turn.hear(3*time.Second, 2*time.Second)
	if turn.ours(at.Add(2 * time.Second)) {
		t.Error("our turn before anybody answered")
	}
}
