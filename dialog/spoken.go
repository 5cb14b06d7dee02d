package dialog

import (
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/guard"
)

// Spoken gives what a Say may have the bot say: its text by way of the call's Redactor,
// whose Speech is given, and of the call's guard rails for texts from outside. If why is
// not empty, nothing of it may be said, nor of the pieces that follow, and the bundled
// answer is due. A Redactor whose policy withholds most finds most here.
func (s Say) Spoken(speech func(string) redact.Safe, out *guard.Output) (text redact.Safe, why string) {
	text = speech(s.Text)
	if why = out.Judge(text, s.Last); why != "" {
		return redact.Safe{}, why
	}
	return text, ""
}
