package call

import "errors"

// ErrOtherWish says that a key was used for another wish.
var ErrOtherWish = errors.New("this Idempotency-Key was sent with another mode or phone: take a new one")

// A wishKey names a wish to supervise, among those of whoever has it.
type wishKey struct{ by, key string }

// A wish is what was asked for with a key, and who came of it.
type wish struct {
	mode  Mode
	phone string
	came  *supervisor
}

// wishedBefore gives what came of a wish that was made with the same key, whether it is there
// still or not. ErrOtherWish.
func (c *Call) wishedBefore(r SuperviseRequest) (s Supervision, again bool, err error) {
	was, ok := c.wished[wishKey{r.By, r.Key}]
	if r.Key == "" || !ok {
		return s, false, nil
	}
	if was.mode != r.Mode || was.phone != r.Phone {
		return s, true, ErrOtherWish
	}
	s = was.came.Supervision
	s.Again = true
	s.On = s.On && c.supervisor(s.ID) == was.came
	return s, true, nil
}

// keepWish remembers a wish for as long as the call lasts.
func (c *Call) keepWish(r SuperviseRequest, came *supervisor) {
	if r.Key == "" {
		return
	}
	if c.wished == nil {
		c.wished = map[wishKey]wish{}
	}
	c.wished[wishKey{r.By, r.Key}] = wish{r.Mode, r.Phone, came}
}
