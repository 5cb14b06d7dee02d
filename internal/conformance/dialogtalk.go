package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

// A conversing is one stream of Converse, and what has come of it.
type conversing struct {
	p      *probe
	rpc    dialogv1.DialogService_ConverseClient
	cancel context.CancelFunc
	came   chan *dialogv1.ConverseResponse // closed at the end of the stream
	err    error                           // set before that
	done   chan struct{}
	queues []string

	turn  int64
	began time.Time
	got   []*dialogv1.ConverseResponse
}

// dialogStream opens one.
func (p *probe) dialogStream(ctx context.Context) (*conversing, error) {
	if !p.understands.GetConverse() {
		return nil, skip("converse is not claimed")
	}
	ctx, cancel := context.WithCancel(p.with(ctx))
	rpc, err := p.talk.Converse(ctx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("converse: %w", err)
	}
	c := &conversing{
		p: p, rpc: rpc, cancel: cancel, came: make(chan *dialogv1.ConverseResponse), done: make(chan struct{}),
		queues: []string{"people", "billing"},
	}
	go func() {
		defer close(c.came)
		for {
			m, err := rpc.Recv()
			if err != nil {
				c.err = err
				return
			}
			select {
			case c.came <- m:
			case <-c.done:
				c.err = context.Canceled
				return
			}
		}
	}()
	return c, nil
}

// lead opens a stream and starts a talk.
func (p *probe) lead(ctx context.Context) (*conversing, error) {
	c, err := p.dialogStream(ctx)
	if err == nil {
		c.start(p.startMessage())
	}
	return c, err
}

func (p *probe) startMessage() *dialogv1.Start {
	return &dialogv1.Start{
		Session: session(p.language()), TurnId: 1, LanguageCodes: []string{p.language()}, Queues: []string{"people", "billing"},
		History: []*dialogv1.Utterance{{Speaker: dialogv1.Speaker_SPEAKER_BOT, Text: "You speak with a machine."}},
	}
}

func (c *conversing) close() {
	c.cancel()
	close(c.done)
	for range c.came { // until the reader has gone
	}
}

// send begins a turn. An error of Send shows in Recv.
func (c *conversing) send(m *dialogv1.ConverseRequest) {
	c.began = time.Now()
	_ = c.rpc.Send(m)
}

func (c *conversing) start(s *dialogv1.Start) {
	c.turn = s.GetTurnId()
	c.send(&dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Start{Start: s}})
}

func (c *conversing) caller(text string) {
	c.turn++
	c.send(&dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Caller{Caller: &dialogv1.Caller{
		TurnId: c.turn, Text: text, LanguageCode: c.p.language(), Confidence: 0.9, Source: dialogv1.Caller_SOURCE_SPEECH,
	}}})
}

func (c *conversing) silence(cause dialogv1.Silence_Cause) {
	c.turn++
	c.send(&dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Silence{Silence: &dialogv1.Silence{TurnId: c.turn, Cause: cause}}})
}

// next gives the next message, nil if none comes within d.
func (c *conversing) next(d time.Duration) *dialogv1.ConverseResponse {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case m := <-c.came:
		if m != nil {
			c.got = append(c.got, m)
			_ = c.p.opened(nil) // it gives the nil back
		}
		return m
	case <-timer.C:
		return nil
	}
}

// answer gives the messages up to the end of the newest turn, whatever turn they say.
func (c *conversing) answer(context.Context) ([]*dialogv1.ConverseResponse, error) {
	limit := time.Now().Add(c.p.Timeout)
	var out []*dialogv1.ConverseResponse
	for {
		m := c.next(time.Until(limit))
		if m == nil {
			select {
			case <-c.came:
				return out, fmt.Errorf("turn %d is not answered: %w", c.turn, c.err)
			default:
				err := fmt.Errorf("%w: turn %d is not answered to its end within %v", errNone, c.turn, c.p.Timeout)
				if len(c.got) > 0 {
					return out, err
				}
				return out, c.p.opened(err)
			}
		}
		if id := turnOf(m); len(out) == 0 || id == c.turn && !c.began.IsZero() {
			if isTurns(m) {
				c.p.measure("first answer", time.Since(c.began))
				c.began = time.Time{}
			}
		}
		out = append(out, m)
		if ends(m) && (turnOf(m) >= c.turn || turnOf(m) == 0) {
			return out, nil
		}
	}
}

// ended gives how the stream ended.
func (c *conversing) ended(d time.Duration) error {
	limit := time.Now().Add(d)
	for {
		if m := c.next(time.Until(limit)); m == nil {
			break
		}
	}
	select {
	case _, more := <-c.came:
		if !more {
			return c.err
		}
	default:
	}
	return errors.New("the stream is still open")
}

// play holds a whole talk: a turn for each of the words, until the service ends it.
func (c *conversing) play(ctx context.Context) error {
	return c.turns(ctx, func(*conversing, int64, []*dialogv1.ConverseResponse) error { return nil })
}

func (c *conversing) turns(ctx context.Context, look func(*conversing, int64, []*dialogv1.ConverseResponse) error) error {
	for _, text := range append(dialogWords(c.p.language()), "") {
		answers, err := c.answer(ctx)
		if err != nil {
			return err
		}
		if err := look(c, c.turn, answers); err != nil {
			return err
		}
		if text == "" || answers[len(answers)-1].GetListen() == nil {
			return nil
		}
		c.caller(text)
	}
	return nil
}

// eachTurn holds a talk and looks at the answers of each turn.
func (p *probe) eachTurn(ctx context.Context, look func(*conversing, int64, []*dialogv1.ConverseResponse) error) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	return c.turns(ctx, look)
}

// turnOf gives the turn that a message says; 0: none.
func turnOf(m *dialogv1.ConverseResponse) int64 {
	return max(m.GetSay().GetTurnId(), m.GetListen().GetTurnId(), m.GetTransfer().GetTurnId(), m.GetHangup().GetTurnId(), m.GetIntent().GetTurnId())
}

// isTurns reports whether a message belongs to a turn.
func isTurns(m *dialogv1.ConverseResponse) bool {
	return m.GetSay() != nil || m.GetIntent() != nil || ends(m)
}

// ends reports whether a message ends a turn.
func ends(m *dialogv1.ConverseResponse) bool {
	return slices.Contains([]bool{m.GetListen() != nil, m.GetTransfer() != nil, m.GetHangup() != nil}, true)
}
