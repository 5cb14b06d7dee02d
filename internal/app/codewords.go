package app

import (
	"errors"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/tts"
)

// acknowledgement is what an agent hears who dialled a code: a tone, and of what is no fault of
// the server's, why it was not done.
func (a *App) acknowledgement(tenant string, err error) call.Acknowledgement {
	out := call.Acknowledgement{Done: err == nil}
	if !errors.Is(err, queue.ErrNoWrapUp) {
		return out
	}
	out.By, out.Voice = a.speech.tts.pool, tts.Voice{Tenant: tenant, Language: a.plan.Load().spokenTo(tenant)}
	out.Words = redact.Authored("You are not wrapping up a call.")
	if out.Voice.Language == "fr" {
		out.Words = redact.Authored("Vous n'êtes pas en fin d'appel.")
	}
	return out
}

// spokenTo is the language in which agents of a tenant are spoken to: the first of its lines.
func (p *plan) spokenTo(tenant string) string {
	for _, number := range names(p.lines) {
		if l := p.lines[number]; l.tenant == tenant {
			return l.languages[0]
		}
	}
	return "en"
}
