package sip

import (
	"context"
	"fmt"

	gosip "github.com/emiago/sipgo/sip"
)

// Ask asks the other side, by OPTIONS within the dialog (RFC 3261 section 11), whether
// it still knows the call. The error says that it does not, or cannot be reached (RFC 5057
// section 5), or that no answer came before ctx ended. That it cannot say is a sign of life.
func (l *Leg) Ask(ctx context.Context) error {
	l.mu.Lock()
	if l.state != legTalking {
		l.mu.Unlock()
		return ErrEnded
	}
	req := l.request(gosip.OPTIONS)
	req.AppendHeader(gosip.NewHeader("Accept", "application/sdp"))
	req.SetBody(nil)
	hop, from, signed := l.hop(), l.path, l.signed
	l.mu.Unlock()

	final, lost := make(chan *gosip.Response, 1), make(chan error, 1)
	path, err := l.s.routeTo(ctx, hop, from)
	if err == nil {
		err = l.s.exchange(req, path, signed, l.nextSeq, func(res *gosip.Response) {
			if res.StatusCode >= 200 {
				select {
				case final <- res:
				default:
				}
			}
		}, func(err error) {
			select {
			case lost <- err:
			default:
			}
		})
	}
	if err != nil {
		return fmt.Errorf("ask on leg %s: %w", l.id, err)
	}
	select {
	case res := <-final:
		switch res.StatusCode {
		case 404, 408, 410, 480, 481, 502, 503, 504, 604:
			return fmt.Errorf("ask on leg %s: %w", l.id, &Rejected{res.StatusCode, res.Reason})
		}
		return nil
	case err := <-lost:
		return fmt.Errorf("ask on leg %s: %w", l.id, err)
	case <-l.done:
		return ErrEnded
	case <-ctx.Done():
		return fmt.Errorf("ask on leg %s: %w", l.id, context.Cause(ctx))
	}
}
