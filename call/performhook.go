package call

import (
	"context"
	"strconv"

	"github.com/callward/callward/router/assistant"
)

// askHook asks a webhook. The key names the question, so that a system that gets it twice
// can tell.
func (c *Call) askHook(ctx context.Context, a AskHook) {
	if c.deps.Hooks == nil {
		c.soon = append(c.soon, Hooked{Number: a.Number, Answer: assistant.Answer{Outcome: assistant.Failed, Why: "this line has no webhooks"}})
		return
	}
	a.Question.Key = string(c.setup.ID) + "-hook-" + strconv.Itoa(a.Number)
	c.run(func() {
		within, cancel := context.WithTimeout(ctx, a.Question.Webhook.Timeout+hookGrace/2)
		defer cancel()
		c.post(ctx, Hooked{Number: a.Number, Answer: c.deps.Hooks.Ask(within, a.Question)})
	})
}
