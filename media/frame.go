package media

import "time"

// What a session speaks inside: 8 kHz with G.711, 16 kHz with G.722 and Opus. A Frame
// carries its own rate. Positions and lengths of what is played and heard are counted
// at Rate, whatever the codec.
const (
	Rate         = 8000                  // samples per second
	WideRate     = 16000                 // of wideband
	FrameTime    = 20 * time.Millisecond // one tick of the pacers
	FrameSamples = 160                   // samples in FrameTime at Rate
	wideSamples  = 320                   // and at WideRate

	ticksPerSecond = int(time.Second / FrameTime)
)

// A Frame is one tick of sound, PCM16 mono.
type Frame struct {
	PCM       []int16
	Rate      int   // samples per second: Rate or WideRate
	At        int64 // position of the first sample, counted at 8 kHz since the session began to hear
	Concealed bool  // made up by us: packets were lost, late or never sent
	Voice     bool  // somebody may be speaking in it: always, where no VAD looks
}

// narrow makes f one of 8 kHz, for a source that has no more.
func (f *Frame) narrow() {
	f.PCM = f.PCM[:len(f.PCM)*Rate/f.Rate]
	f.Rate = Rate
}

// A Sink takes what is heard, on the goroutine of a pacer: WriteFrame must not
// block, and may keep neither f nor f.PCM. To be taken off again it must be
// comparable; a pointer is.
type Sink interface {
	WriteFrame(f *Frame)
}

// A Source gives what is to be played, on the goroutine of a pacer: ReadFrame
// never blocks. It fills f.PCM, or shortens it to what it has left. What has only
// another rate than f.Rate, sets that and fills as much of f.PCM as is 20 ms of it. ok
// says that f holds sound; without it silence is sent and, unless done, counted as
// starved. done says that nothing follows.
type Source interface {
	ReadFrame(f *Frame) (ok, done bool)
}

// A Stopper is a Source that wants to know that it is no longer read, because
// it was flushed or the session closed. Stop must not block.
type Stopper interface {
	Stop()
}
