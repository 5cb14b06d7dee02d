package call

import (
	"context"

	"github.com/callward/callward/media"
)

// letIn answers the leg by which a supervisor comes.
func (c *Call) letIn(ctx context.Context, s *supervisor, leg Leg, o media.Options) {
	ctx, s.stop = context.WithCancelCause(ctx)
	c.run(func() {
		defer s.stop(nil)
		p, err := Take(ctx, c.deps.Lines, leg, s.Phone, toward(c.session, o))
		p.watched, p.supervises = true, true
		c.enters(ctx, s, &p, err)
	})
}

// enters tells the loop of a supervisor whose leg is answered, or is not.
func (c *Call) enters(ctx context.Context, s *supervisor, p *Party, err error) {
	if lost := c.onLoop(ctx, func(ctx context.Context) { c.entered(ctx, s, p, err) }); lost != nil && err == nil {
		c.letParty(ctx, *p)
	}
}
