package media

// A Tap is a Sink for those who want one rate, whatever the codec.
type Tap struct {
	rate    int
	write   func(pcm []int16, voice bool)
	convert converter
}

// NewTap hands each frame to write, at rate: Rate or WideRate, with whether somebody may
// be speaking in it. write is called on the goroutine of a pacer, and as a Sink's may
// neither block nor keep pcm.
func NewTap(rate int, write func(pcm []int16, voice bool)) *Tap {
	return &Tap{rate: rate, write: write}
}

// WriteFrame implements Sink.
func (t *Tap) WriteFrame(f *Frame) { t.write(t.convert.to(t.rate, f), f.Voice) }
