package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// asrStrain are the checks of what a stream costs others.
func asrStrain() []Check {
	return []Check{
		{ID: "asr.cancel", Level: Must, Means: "100 streams that are cancelled one after the other leave nothing behind", Spec: asrSpec + "AsrService", run: asrCancel},
		{ID: "asr.parallel", Level: Must, Means: "20 streams at once each have a final of their own", Spec: asrSpec + "AsrService", run: asrParallel},
		{ID: "asr.apart", Level: Must, Means: "two streams at once, of different languages, hints and expectations, hear each what it hears alone", Spec: asrSpec + "AsrService", run: asrApart},
		{ID: "asr.slow_reader", Level: Must, Means: "a client that reads nothing for 6 s loses nothing and holds nobody up", Spec: asrSpec + "AsrService", run: asrSlowReader},
		{ID: "asr.client.killed", Level: Must, Means: "a connection that is cut amid a stream leaves the engine serving", Spec: asrSpec + "AsrService", run: asrKilled},
		{ID: "asr.deadline", Level: Must, Means: "a stream ends when its deadline is over", Spec: asrSpec + "AsrService", run: asrDeadline},
		{ID: "asr.oversized", Level: Must, Means: "audio larger than max_chunk ends its own stream, with an error, and no other", Spec: speechSpec + "Capabilities", run: asrOversized},
	}
}

func asrCancel(ctx context.Context, p *probe) error {
	for i := range 100 {
		k, err := p.open(ctx, p.config(p.language()))
		if err != nil {
			return fmt.Errorf("stream %d: %w", i+1, err)
		}
		k.piece(encode(k.format, quiet(piece)))
		k.close()
	}
	return p.serves(ctx, p.asr)
}

// serves opens a stream and closes it well.
func (p *probe) serves(ctx context.Context, c asrv1.AsrServiceClient) error {
	k, err := p.callBy(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.ready(ctx, p.config(p.language())); err != nil {
		return fmt.Errorf("the next stream: %w", err)
	}
	return wellEnded(k.finish(ctx))
}

func asrParallel(ctx context.Context, p *probe) error {
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	const streams = 20
	var mu sync.Mutex
	var g errgroup.Group
	for i := range streams {
		g.Go(func() error {
			k, err := p.call(ctx)
			if err != nil {
				return err
			}
			defer k.close()
			if err := k.ready(ctx, p.config(p.language())); err != nil {
				return fmt.Errorf("stream %d of %d: %w", i+1, streams, err)
			}
			s := k.utter(ctx, first, pause)
			at, err := k.until(ctx, k.limit, 0, "final", isFinal)
			if err != nil {
				return fmt.Errorf("stream %d of %d: %w", i+1, streams, err)
			}
			got, _, _ := k.now()
			mu.Lock()
			defer mu.Unlock()
			p.measure("final", got[at].at.Sub(s.over))
			return nil
		})
	}
	return g.Wait()
}

// A tap is a connection of which reading can be held up, or which can be cut.
type tap struct {
	net.Conn

	mu   sync.Mutex
	gate chan struct{} // closed when reading goes on; nil: it is not held up
}

func (c *tap) Read(b []byte) (int, error) {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return c.Conn.Read(b)
}

// hold lets nothing be read, but for what is being read now, until its end.
func (c *tap) hold() (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return func() { close(gate) }
}

// tapped gives a client with a connection of its own, and that connection once
// it is made. What follows it must be done by end.
func (p *probe) tapped() (client asrv1.AsrServiceClient, conns <-chan *tap, end func(), err error) {
	made := make(chan *tap, 8)
	conn, err := p.dial(func(ctx context.Context, address string) (net.Conn, error) {
		c, err := p.network(ctx, address)
		if err != nil {
			return nil, err
		}
		t := &tap{Conn: c}
		select {
		case made <- t:
		default:
		}
		return t, nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	return asrv1.NewAsrServiceClient(conn), made, func() { _ = conn.Close() }, nil
}

func asrSlowReader(ctx context.Context, p *probe) error {
	client, conns, end, err := p.tapped()
	if err != nil {
		return err
	}
	defer end()
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	slow, err := p.callBy(ctx, client)
	if err != nil {
		return err
	}
	defer slow.close()
	if err := slow.ready(ctx, p.config(p.language())); err != nil {
		return err
	}
	release := (<-conns).hold()
	began := time.Now()
	slow.utter(ctx, first, pause)
	err = p.serves(ctx, p.asr)
	wait(ctx, 6*time.Second-time.Since(began)) // silent: an engine may look whether it is still there
	release()
	if err != nil {
		return fmt.Errorf("while another client does not read: %w", err)
	}
	if err := wellEnded(slow.finish(ctx)); err != nil {
		return err
	}
	_, err = slow.until(ctx, slow.limit, 0, "final", isFinal)
	return err
}

func asrKilled(ctx context.Context, p *probe) error {
	for range 3 {
		if err := p.kill(ctx); err != nil {
			return err
		}
	}
	return p.serves(ctx, p.asr)
}

// kill cuts a connection amid an utterance.
func (p *probe) kill(ctx context.Context) error {
	client, conns, end, err := p.tapped()
	if err != nil {
		return err
	}
	defer end()
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	k, err := p.callBy(ctx, client)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.ready(ctx, p.config(p.language())); err != nil {
		return err
	}
	k.say(ctx, quiet(breath), first[:len(first)/2])
	_ = (<-conns).Close() // that is the point
	if errors.Is(k.end(ctx, k.limit), errOpen) {
		return errors.New("a stream outlives its connection")
	}
	return nil
}

func asrDeadline(ctx context.Context, p *probe) error {
	first, err := proto.Marshal(&asrRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: p.config(p.language())}})
	if err != nil {
		return err
	}
	return p.outlives(ctx, asrv1.AsrService_StreamingRecognize_FullMethodName, first)
}

func asrOversized(ctx context.Context, p *probe) error {
	limit := int(p.caps.GetMaxChunk())
	if limit == 0 {
		return skip("max_chunk is not claimed")
	}
	other, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer other.close()
	c := p.config(p.language())
	c.Endpointing.NoInputTimeout = durationpb.New(0)
	k, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	k.piece(make([]byte, limit+2))
	switch end := k.end(ctx, k.limit); {
	case errors.Is(end, errOpen):
		return fmt.Errorf("%d bytes of audio were taken; max_chunk is %d", limit+2, limit)
	case wellEnded(end) == nil:
		return fmt.Errorf("the stream ended with OK after %d bytes of audio; max_chunk is %d", limit+2, limit)
	}
	other.say(ctx, quiet(100*time.Millisecond))
	if err := wellEnded(other.finish(ctx)); err != nil {
		return fmt.Errorf("another stream: %w", err)
	}
	return nil
}
