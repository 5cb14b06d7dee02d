package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/sip"
)

// callTime is how long one call may take to be answered.
const callTime = 10 * time.Second

// phone is the callers' SIP.
type phone struct {
	sip    *sip.Server
	own    string
	cancel context.CancelFunc
	ended  chan struct{}
}

func openPhone(ctx context.Context, network string, client *tls.Config) (*phone, error) {
	s, err := sip.Listen(sip.Config{
		Listeners: []sip.Listener{{Network: network, Address: "127.0.0.1:0"}}, UserAgent: "callgen",
		MaxCalls: 20000, ClientTLS: func() *tls.Config { return client },
	})
	if err != nil {
		return nil, fmt.Errorf("callers: %w", err)
	}
	address, _ := s.Addr(network)
	p := &phone{sip: s, own: address.String(), ended: make(chan struct{})}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it still says goodbye after ctx
	p.cancel = cancel
	go func() {
		defer close(p.ended)
		_ = s.Run(run) // it ends when it is told to
	}()
	return p, nil
}

// close waits for goodbyes under way; what is left then is hung up by the end of
// Run.
func (p *phone) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	_ = p.sip.Drain(ctx)
	p.cancel()
	<-p.ended
}

// placed is the calls of a row.
type placed struct {
	phone *phone
	legs  []*sip.Leg
}

// place places calls at an even rate and lets them send. If suite is not nil they
// come over TLS and are protected by SRTP.
func (b *bench) place(ctx context.Context, l *line, user string, calls int, ears *callers, suite *sdp.Suite) (*placed, error) {
	network, to := "udp", "sip:"+user+"@"+l.sip
	if suite != nil {
		network, to = "tcp", "sip:"+user+"@"+l.tls+";transport=tls"
	}
	if err := l.quiet(ctx); err != nil {
		return nil, err
	}
	p, err := openPhone(ctx, network, l.client)
	if err != nil {
		return nil, err
	}
	c := &placed{phone: p, legs: make([]*sip.Leg, calls)}
	group, dialing := errgroup.WithContext(ctx)
	began := time.Now()
	for n := range calls {
		due := time.Duration(float64(n) / b.Rate * float64(time.Second))
		if !pause(dialing, time.Until(began.Add(due))) {
			break
		}
		group.Go(func() (err error) {
			c.legs[n], err = p.dial(dialing, to, ears, suite)
			return err
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		err = fmt.Errorf("%d of %d calls stood: %w", c.stood(), calls, err)
		c.hangUp(ctx)
		return nil, errors.Join(err, l.died())
	}
	return c, nil
}

// offer is what a call says it can; keys are nil where it has none to give.
func offer(ears *callers, k *keys) sdp.Local {
	l := sdp.Local{
		Session: rand.Uint64() >> 1, Version: 1, Address: ears.address(),
		Codecs: []string{sdp.PCMU}, Direction: sdp.SendRecv,
	}
	if k != nil {
		l.Profile, l.Keys = sdp.ProfileSDES, []sdp.Crypto{k.own}
	}
	return l
}

func (p *phone) dial(ctx context.Context, to string, ears *callers, suite *sdp.Suite) (_ *sip.Leg, err error) {
	var k *keys
	if suite != nil {
		if k, err = newKeys(*suite); err != nil {
			return nil, err
		}
	}
	local := offer(ears, k)
	body, err := sdp.Offer(local)
	if err != nil {
		return nil, fmt.Errorf("place a call: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	leg, err := p.sip.Dial(ctx, sip.Invite{To: to, From: "sip:bench@" + p.own, SDP: body}, nil)
	if err != nil {
		return nil, fmt.Errorf("place a call: %w", err)
	}
	if err := ears.answer(leg.Remote(), local, k); err != nil {
		return leg, fmt.Errorf("answer to a call: %w", err)
	}
	return leg, nil
}

// answer lets a call send as was agreed.
func (c *callers) answer(body []byte, offered sdp.Local, k *keys) error {
	remote, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	want := sdp.Wants{Codecs: offered.Codecs, Direction: offered.Direction, Offered: &offered}
	if k != nil {
		want.Security = []sdp.Security{sdp.SDES}
	}
	agreed, err := remote.Negotiate(want)
	if err != nil {
		return err
	}
	if k != nil {
		if err := k.theirs(agreed.Key); err != nil {
			return err
		}
	}
	c.add(agreed.Remote.Port(), k)
	return nil
}

// stood counts the calls that were answered.
func (c *placed) stood() (n int) {
	for _, leg := range c.legs {
		if leg != nil {
			n++
		}
	}
	return n
}

// ended counts the calls that are over.
func (c *placed) ended() (n int) {
	for _, leg := range c.legs {
		select {
		case <-leg.Done():
			n++
		default:
		}
	}
	return n
}

func (c *placed) hangUp(ctx context.Context) {
	for _, leg := range c.legs {
		if leg != nil {
			_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal) // close sees to one that fails
		}
	}
	c.phone.close(ctx)
}
