package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// A Question is what a service is told beside the text that it classifies.
type Question struct {
	Tenant, Call string
	Assistant    string      // name of the line's; the service may know it
	Language     string      // the text was heard in, as BCP 47
	Intents      []string    // names that count; empty: any
	History      []Utterance // what was said before, oldest first
}

// A Speaker says whose words an utterance is.
type Speaker int

// The speakers.
const (
	Caller Speaker = iota
	Bot
)

// An Utterance was said earlier in the call: of the bot's words those alone that were
// heard.
type Utterance struct {
	Speaker Speaker
	Text    redact.Safe
}

// Classify asks what text wants. It blocks for as long as the configuration says at
// most, then it gives ErrLate. A Result without a Name says that the service has nothing
// to go by; intents that do not count are left out. Other errors are a *ServiceError and
// a *BreachError, and the cause of ctx if that ended.
func (c *Client) Classify(ctx context.Context, text redact.Safe, q Question) (intent.Result, error) {
	within, cancel := context.WithTimeoutCause(ctx, c.config.Classify, ErrLate)
	defer cancel()
	most := c.longest()
	got, err := c.api.Classify(within, &dialogv1.ClassifyRequest{
		Session: &speechv1.Session{
			CallId: q.Call, Tenant: q.Tenant, LanguageCode: q.Language, Attributes: attributes(q.Assistant),
		},
		Text:         outward(text, most),
		LanguageCode: q.Language,
		Intents:      q.Intents,
		History:      history(q.History, most),
	})
	if err != nil {
		return intent.Result{}, fault(ctx, within, err)
	}
	return result(got.GetIntents(), q.Intents)
}

// fault says why a question within ctx came to nothing. A service that was told of the
// deadline may give up by a clock that is faster than ours, when neither context has
// ended: then it is late only if the deadline was ours for it, not that of ctx.
func fault(ctx, within context.Context, err error) error {
	why := context.Cause(within)
	if why == nil && status.Code(err) == codes.DeadlineExceeded {
		why = ErrLate
		told, _ := within.Deadline()
		if asker, bounded := ctx.Deadline(); bounded && asker.Equal(told) {
			why = context.DeadlineExceeded
		}
	}
	switch {
	case why == nil:
		return serviceError(err)
	case errors.Is(why, ErrLate):
		return ErrLate
	}
	return fmt.Errorf("classify: %w", why)
}

// topSize is how many intents a Result holds.
const topSize = 3

// result checks what a service said. Known names alone count; if it says intents and
// none of them is known, it is not a service for this line.
func result(got []*dialogv1.Intent, known []string) (intent.Result, error) {
	if len(got) > maxHints {
		return intent.Result{}, breach("too many intents")
	}
	var top []intent.Scored
	seen := map[string]bool{}
	for _, i := range got {
		name := i.GetName()
		if name == "" || len(name) > maxName {
			return intent.Result{}, breach("an intent without a name of at most 128 bytes")
		}
		if !chance(i.GetConfidence()) {
			return intent.Result{}, breach("a confidence that is not from 0 to 1")
		}
		if seen[name] || len(known) > 0 && !slices.Contains(known, name) {
			continue
		}
		seen[name] = true
		top = append(top, intent.Scored{Name: name, Confidence: fraction(i.GetConfidence())})
	}
	if len(top) == 0 {
		if len(got) > 0 {
			return intent.Result{}, breach("no intent of the line")
		}
		return intent.Result{}, nil
	}
	slices.SortStableFunc(top, func(a, b intent.Scored) int { return cmp.Compare(b.Confidence, a.Confidence) })
	top = top[:min(len(top), topSize)]
	return intent.Result{Name: top[0].Name, Confidence: top[0].Confidence, Top: top}, nil
}

// chance reports whether a confidence may be one. Calls are routed by it: a service that says
// 87 for 0.87, or that does not know, is not to be believed without limit.
func chance(f float32) bool {
	const rounding = 1e-4
	return f >= 0 && f <= 1+rounding
}

// fraction holds a confidence to 0 to 1; what is no number is no confidence.
func fraction(f float32) float64 {
	if math.IsNaN(float64(f)) {
		return 0
	}
	return min(max(float64(f), 0), 1)
}

// outward is the one way by which text leaves for a service: redacted, and the
// beginning of it if it is longer than most bytes.
func outward(text redact.Safe, most int) string {
	s := text.String()
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// maxHistory is how many bytes of a history are sent, so that a message with it stays
// within its limit.
const maxHistory = 32 << 10

// history is the end of what was said before, as much of it as may be sent, of
// each text most bytes.
func history(all []Utterance, most int) []*dialogv1.Utterance {
	var out []*dialogv1.Utterance
	room := maxHistory
	for _, u := range slices.Backward(all) {
		text := outward(u.Text, most)
		if room -= len(text) + 16; room < 0 {
			break
		}
		who := dialogv1.Speaker_SPEAKER_CALLER
		if u.Speaker == Bot {
			who = dialogv1.Speaker_SPEAKER_BOT
		}
		out = append(out, &dialogv1.Utterance{Speaker: who, Text: text})
	}
	slices.Reverse(out)
	return out
}

func attributes(assistant string) map[string]string {
	if assistant == "" {
		return nil
	}
	return map[string]string{"callward.assistant": assistant}
}
