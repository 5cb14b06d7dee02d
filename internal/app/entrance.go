package app

import (
	"context"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/webcall"
)

// answerTime is how long a page waits for our answer to its offer.
const answerTime = 5 * time.Second

// Enter lets in a supervisor who comes from a page, and is known on the call by the name of
// who is signed in.
func (s supervisors) Enter(ctx context.Context, tenant string, id call.ID, r console.Supervise, o webcall.Offer) (call.Supervision, []byte, error) {
	c, ok := s.calls.Find(tenant, id)
	if !ok {
		return call.Supervision{}, nil, call.ErrOver
	}
	leg := webcall.NewLeg(newID(), o)
	begun, err := s.enter(ctx, c, "browser", call.SuperviseRequest{Mode: r.Mode, Phone: r.Actor, By: r.Actor, Leg: leg, Media: leg.Media()})
	if err != nil {
		return begun, nil, err
	}
	wait, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := leg.Answered(wait)
	return begun, answer, err
}
