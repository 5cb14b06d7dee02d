package fake

import (
	"github.com/callward/callward/asr/asrtest"
)

// Script is what the recognizer makes of callers who have no other script: six
// utterances of each call.
func Script() []asrtest.Turn {
	return []asrtest.Turn{
		{Partials: []string{"four", "four two"}, Text: "four two seven nine"},
		{Partials: []string{"i want", "i want to pay"}, Text: "i want to pay my bill by card"},
		{Partials: []string{"yes"}, Text: "yes please"},
		{Partials: []string{"no"}, Text: "no thank you"},
		{Partials: []string{"what are"}, Text: "what are your opening hours"},
		{Partials: []string{"a human"}, Text: "a human please"},
	}
}

// NewASR gives a recognizer that follows a script, or, if that is empty, Script.
func NewASR(script []asrtest.Turn, faults ...Fault) *Engine {
	if len(script) == 0 {
		script = Script()
	}
	return &Engine{Service: ASR, ASR: &asrtest.Server{Script: script}, Faults: faults}
}
