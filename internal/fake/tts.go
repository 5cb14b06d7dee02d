package fake

// NewTTS gives a synthesizer.
func NewTTS(faults ...Fault) *Engine { return &Engine{Service: TTS, Faults: faults} }
