package media

// An Echo plays back what it hears: it is a Sink and a Source. It may hear one
// session and be played on the same or another one.
type Echo struct{ live *live }

// NewEcho makes an Echo.
func NewEcho() *Echo { return &Echo{newLive()} }

// WriteFrame implements Sink.
func (e *Echo) WriteFrame(f *Frame) { e.live.write(f) }

// ReadFrame implements Source. An Echo never ends.
func (e *Echo) ReadFrame(f *Frame) (ok, done bool) { return e.live.read(f), false }
