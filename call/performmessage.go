package call

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
)

const (
	// The tone after which a message is to be said.
	messageHz   = 1000
	messageTone = 400 * time.Millisecond
	// messageDelay is how long sound is held back from whoever keeps it: a number that may
	// not be kept is known by then.
	messageDelay = 15 * time.Second
)

// A recording is a message that is being taken. The goroutine that reads it owns pcm until
// done is closed.
type recording struct {
	recorder *media.Recorder
	pcm      []int16 // what the caller said
	done     chan struct{}
	err      error // why it could not be read; set before done is closed
}

// performMessage does what a message needs.
func (c *Call) performMessage(ctx context.Context, a Action) {
	switch a := a.(type) {
	case StartMessage:
		c.startMessage(ctx)
	case MuteMessage:
		if c.message == nil {
			return
		}
		for _, s := range a.Spans {
			c.message.recorder.Mute(media.Left, s.From, s.To)
		}
	case EndUtterance:
		for _, e := range c.hearing {
			e.stream.Control(asr.ForceEndpoint)
		}
	case EndMessage:
		c.endMessage(ctx, a)
	}
}

func (c *Call) startMessage(ctx context.Context) {
	c.session.Play(media.NewTone(messageHz, messageTone))
	m := &recording{
		recorder: media.NewRecorder(c.session, media.RecorderConfig{Delay: messageDelay}), done: make(chan struct{}),
	}
	c.message = m
	whole := context.WithoutCancel(ctx) // its end is that of the recorder
	c.run(func() { m.read(whole) })
}

// read takes the caller's side of the recording until its end.
func (m *recording) read(ctx context.Context) {
	defer close(m.done)
	both := make([]int16, 2*media.FrameSamples)
	for {
		n, err := m.recorder.Read(ctx, both)
		for i := 0; i < n; i += 2 {
			m.pcm = append(m.pcm, both[i])
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				m.err = err
			}
			return
		}
	}
}

// endMessage has the message kept, if there is one.
func (c *Call) endMessage(ctx context.Context, a EndMessage) {
	m := c.message
	c.message = nil
	if m == nil {
		c.soon = append(c.soon, MessageKept{})
		return
	}
	if a.Cut >= 0 {
		m.recorder.Mute(media.Left, a.Cut, a.Cut+time.Hour)
	}
	_ = m.recorder.Close()
	whole := context.WithoutCancel(ctx)
	c.run(func() {
		<-m.done
		c.post(ctx, MessageKept{Kept: c.keepMessage(whole, a, m)})
		clear(m.pcm) // somebody's voice
	})
}

// keepMessage keeps a message, and reports whether that was done. The journal says why not.
func (c *Call) keepMessage(ctx context.Context, a EndMessage, m *recording) bool {
	pcm := m.pcm
	if n := int(a.Length * media.Rate / time.Second); a.Length > 0 && n < len(pcm) {
		pcm = pcm[:n]
	}
	e := Entry{Kind: KindMessage, Queue: a.Queue}
	switch {
	case a.Drop != "":
		e.Reason = "not kept: " + a.Drop
	case m.err != nil, m.recorder.Late() > 0, len(pcm) == 0:
		c.log.Warn("a message could not be recorded", slog.Any("err", m.err), slog.Uint64("late", m.recorder.Late()))
		e.Reason = "not kept: it could not be recorded, or what may not be kept of it was known too late"
	default:
		sound := make([]byte, len(pcm))
		g711.PCMU.Encode(sound, pcm)
		length := time.Duration(len(pcm)) * time.Second / media.Rate
		err := c.deps.Messages.Put(ctx, Message{
			Tenant: c.setup.Tenant, Call: c.setup.ID, Queue: a.Queue, Caller: c.setup.Caller, Private: c.setup.Private,
			Language: a.Language, Intent: a.Intent, Summary: a.Summary, Text: a.Text,
			Left: c.deps.Now(), Length: length, Sound: sound,
		})
		c.warn("keep message", err)
		if err != nil {
			e.Reason = "not kept: there is no place for it"
			break
		}
		e.Reason, e.Duration = "kept", length
		c.write(ctx, e)
		return true
	}
	c.write(ctx, e)
	return false
}

// dropMessage ends a recording that a call which has failed left behind.
func (c *Call) dropMessage() {
	if c.message != nil {
		_ = c.message.recorder.Close()
		c.message = nil
	}
}
