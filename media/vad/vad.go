// Package vad tells speech from silence.
package vad

// Config is a draft.
type Config struct{}

// Change is what a frame changed.
type Change uint8

// The changes.
const (
	Same Change = iota
	Started
	Stopped
)

// Detector is a draft.
type Detector struct{}

// New makes a Detector.
func New(Config) *Detector { return &Detector{} }

// Frame is a draft.
func (d *Detector) Frame(pcm []int16) Change { return Same }
