package media

import (
	"fmt"
	"io"
	"log/slog"
)

// A Gen numbers what is played: each Play takes the next one. What was flushed
// never comes back, whoever still writes to it.
type Gen uint32

// Played says how much of a source really left: samples handed to the network.
type Played struct {
	Gen     Gen
	Samples int64
}

// EventKind says what an Event tells.
type EventKind uint8

// What a session tells its owner.
const (
	Unknown       EventKind = iota
	Digit                   // the peer pressed Key
	PlayBegan               // the first sound of the source of Gen is on the wire
	PlayDone                // the source of Gen ended by itself after Samples
	DigitsDone              // the digits of Gen have been sent
	SpeechStarted           // the peer began to speak at At
	SpeechStopped           // the peer fell silent at At
	Silent                  // for Config.SilentAfter, again, neither a packet nor a report came although the peer does not hold us
	Broken                  // none can come any more: the handshake for its keys failed, or a fault of ours ended it
)

// String names the kind.
func (k EventKind) String() string {
	switch k {
	case Digit:
		return "digit"
	case PlayBegan:
		return "play began"
	case PlayDone:
		return "play done"
	case DigitsDone:
		return "digits done"
	case SpeechStarted:
		return "speech started"
	case SpeechStopped:
		return "speech stopped"
	case Silent:
		return "silent"
	case Broken:
		return "broken"
	case Unknown:
	}
	return "unknown"
}

// An Event is something that happened on a session.
type Event struct {
	Kind    EventKind
	Key     Key   // of Digit
	Gen     Gen   // of PlayBegan, PlayDone, DigitsDone
	Samples int64 // of PlayDone: how much was really sent
	At      int64 // of SpeechStarted, SpeechStopped: position as in Frame.At
}

// A Key is a key that the peer pressed. It may be part of a card number, so no
// verb, log or encoder shows it. The digit hides behind a func because fmt
// reaches into unexported fields without asking Format.
type Key struct{ digit func() byte }

const keyMask = "[key]"

// NewKey takes one of 0-9, *, #, A-D.
func NewKey(digit byte) Key { return Key{func() byte { return digit }} }

// Byte gives the digit, 0 for the zero Key. It is for the redactor alone.
func (k Key) Byte() byte {
	if k.digit == nil {
		return 0
	}
	return k.digit()
}

// Format prints a mask for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, keyMask) }

// LogValue logs a mask.
func (Key) LogValue() slog.Value { return slog.StringValue(keyMask) }

// MarshalText encodes a mask.
func (Key) MarshalText() ([]byte, error) { return []byte(keyMask), nil }
