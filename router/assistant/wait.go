package assistant

import (
	"fmt"
	"slices"
	"strings"
)

// Messages that a file may leave out: nothing is said then.
const (
	Wait     Message = "wait"      // how long the wait is expected to be: {minutes}
	WaitLong Message = "wait_long" // that it is longer than can be said
)

func optionalMessages() []Message {
	return slices.Concat([]Message{Wait, WaitLong, QueueClosed}, callbackMessages(), voicemailMessages())
}

// WaitLine says how long the wait is expected to be: so many minutes, or longer than any
// number that is said. Not ok: the file has no words for it.
func (a *Assistant) WaitLine(minutes int, long bool, language string) (l Line, ok bool) {
	m := Wait
	if long {
		m = WaitLong
	}
	if len(a.messages[m]) == 0 {
		return Line{}, false
	}
	l = a.Message(m, language)
	l.Text = strings.ReplaceAll(l.Text, "{minutes}", fmt.Sprint(minutes))
	return l, true
}
