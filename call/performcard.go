package call

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
)

// The sound of every key of a card, whichever it is.
const (
	beepHz   = 440
	beepTime = 60 * time.Millisecond
)

func (c *Call) performCard(ctx context.Context, a Action) {
	switch a := a.(type) {
	case Shield:
		c.shielded = a.On
		c.session.Shield(a.On)
		c.closeEars(a.On)
	case Beep:
		c.session.Play(media.NewTone(beepHz, beepTime))
	case Tokenize:
		c.tokenize(ctx, a)
	case Captured:
		if a.Card.Token != "" {
			c.record.took(Taken{Token: a.Card.Token, Brand: a.Card.Brand.String(), LastFour: a.Card.LastFour, At: c.deps.Now()})
		}
		if c.deps.Captured != nil {
			c.deps.Captured(a.How)
		}
	}
}

var errNoTokeniser = errors.New("there is no tokeniser")

// tokenize asks the tokeniser. The key names the entry, so that a second try is the same
// request, and tells nothing of the card.
func (c *Call) tokenize(ctx context.Context, a Tokenize) {
	if c.deps.Tokeniser == nil {
		c.soon = append(c.soon, Tokenized{Entry: a.Entry, Try: a.Try, Err: errNoTokeniser})
		return
	}
	r := payment.Request{
		Tenant: c.setup.Tenant, Call: string(c.setup.ID), Language: c.machine.languages[0],
		Key: string(c.setup.ID) + "/card-" + strconv.Itoa(a.Entry), Card: a.Card,
	}
	c.run(func() {
		out, err := c.deps.Tokeniser.Tokenize(ctx, r)
		c.post(ctx, Tokenized{Entry: a.Entry, Try: a.Try, Outcome: out, Err: err})
	})
}
