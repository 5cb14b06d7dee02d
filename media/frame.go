package media

import "time"

// What a session speaks inside. G.711 is 8 kHz; a Frame carries its own rate
// and length, so that wideband codecs fit the same interfaces.
const (
	Rate         = 8000                  // samples per second
	FrameTime    = 20 * time.Millisecond // one tick of the pacers
	FrameSamples = 160                   // samples in FrameTime at Rate
)

// A Frame is one tick of sound, PCM16 mono.
type Frame struct {
	PCM       []int16
	Rate      int   // samples per second
	At        int64 // position of the first sample, counted since the session began to hear
	Concealed bool  // made up by us: packets were lost, late or never sent
}

// A Sink takes what is heard, on the goroutine of a pacer: WriteFrame must not
// block, and may keep neither f nor f.PCM. To be taken off again it must be
// comparable; a pointer is.
type Sink interface {
	WriteFrame(f *Frame)
}

// A Source gives what is to be played, on the goroutine of a pacer: ReadFrame
// never blocks. It fills f.PCM, or shortens it to what it has left. ok says that
// f holds sound; without it silence is sent and, unless done, counted as
// starved. done says that nothing follows.
type Source interface {
	ReadFrame(f *Frame) (ok, done bool)
}

// A Stopper is a Source that wants to know that it is no longer read, because
// it was flushed or the session closed. Stop must not block.
type Stopper interface {
	Stop()
}
