package app

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// A code is what an agent's phone dials to say what the agent does: available, paused,
// logged_out or wrap_up; the last but one may have a reason, the last a disposition, as
// paused:lunch.
type code struct{ does, word string }

const wrapUp = "wrap_up"

func codeWords() []string {
	return []string{string(queue.Available), string(queue.Paused), loggedOut, wrapUp}
}

// defaultCodes are those of a tenant that names none.
func defaultCodes() map[string]string {
	return map[string]string{"*45": string(queue.Paused), "*46": string(queue.Available), "*47": loggedOut, "*48": wrapUp}
}

var (
	dialledCode = regexp.MustCompile(`^[*#][0-9*#]{1,15}$`)
	codeWord    = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
)

// parseCode reads what a code does.
func parseCode(text string) (code, error) {
	does, word, more := strings.Cut(text, ":")
	if !slices.Contains(codeWords(), does) {
		return code{}, fmt.Errorf("%s", unknown(does, codeWords()))
	}
	if more && (does == string(queue.Available) || does == loggedOut) {
		return code{}, fmt.Errorf("%s takes no word after it", does)
	}
	if more && !codeWord.MatchString(word) {
		return code{}, fmt.Errorf("%q is no word; allowed: a to z, 0 to 9, _ and -, 32 at most", word)
	}
	return code{does, word}, nil
}

// codes checks the codes of a tenant.
func (k *checker) codes(path string, codes map[string]string) {
	for _, dialled := range names(codes) {
		place := path + "[" + dialled + "]"
		k.want(dialledCode.MatchString(dialled), place, "%q is no code; write * or # and up to 15 keys", dialled)
		_, err := parseCode(codes[dialled])
		k.want(err == nil, place, "%v", err)
	}
}

// dialled does what an agent's code says, and lets the agent hear whether it was done.
func (a *App) dialled(leg *sip.Leg, user, tenant, text string) {
	c, err := parseCode(text)
	if err == nil {
		err = a.obey(tenant, user, c)
	}
	if err != nil {
		a.log.Info("a code was not obeyed", slog.String("agent", user), slog.Any("err", err))
	}
	p, failed := call.Take(a.calling, a.media, leg, user, a.plan.Load().loaded.Config.Tenants[tenant].media(leg))
	if failed != nil {
		a.lacksPort(failed)
		a.log.Info("a code was not answered", slog.String("agent", user), slog.Any("err", failed))
		return
	}
	call.Acknowledge(a.calling, p, a.acknowledgement(tenant, err))
}

func (a *App) obey(tenant, user string, c code) error {
	if c.does == wrapUp {
		return staff{a}.EndWrapUp(a.calling, tenant, user, c.word, "agent "+user)
	}
	return staff{a}.SetState(a.calling, tenant, user, c.does, c.word, "agent "+user)
}
