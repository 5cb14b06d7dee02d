package ps

/*
#include <stdlib.h>
#include "ps.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Width is how many cepstra a frame has that WriteCepstra takes.
const Width = 13

// ErrFrontEnd says that the library refused the arguments of a front end.
var ErrFrontEnd = errors.New("pocketsphinx refused the front end")

// A FrontEnd turns audio into frames, FramesPerSecond of them. Close frees it.
type FrontEnd struct {
	fe    *C.fe_t
	width int
}

// NewFrontEnd makes a front end from the library's arguments, name and value in
// turn.
func NewFrontEnd(args ...string) (*FrontEnd, error) {
	quiet.Do(func() { C.cw_quiet() })
	args = append([]string{"speechd"}, args...)
	argv := cStrings(args)
	defer freeStrings(argv)
	fe := C.cw_front_end(C.int(len(args)), (**C.char)(unsafe.Pointer(&argv[0])))
	if fe == nil {
		return nil, fmt.Errorf("make front end: %w", ErrFrontEnd)
	}
	return &FrontEnd{fe: fe, width: int(C.fe_get_output_size(fe))}, nil
}

// Width is how many numbers a frame has.
func (f *FrontEnd) Width() int { return f.width }

// Start begins an utterance.
func (f *FrontEnd) Start() error {
	if f.fe == nil {
		return ErrClosed
	}
	C.fe_start_stream(f.fe)
	if C.fe_start_utt(f.fe) != 0 {
		return ErrDecode
	}
	return nil
}

// frameShift is the samples from one frame to the next.
const frameShift = SampleRate / FramesPerSecond

// heldBack is room for the frames from the start of an utterance that the
// library holds back until there are ten of them, and then gives all at once.
const heldBack = 16

// Write gives the frames that are complete with these samples, one after the
// other.
func (f *FrontEnd) Write(pcm []int16) ([]float32, error) {
	if f.fe == nil {
		return nil, ErrClosed
	}
	if len(pcm) == 0 {
		return nil, nil
	}
	most := len(pcm)/frameShift + heldBack
	out := make([]float32, most*f.width)
	n := C.cw_frames(f.fe, (*C.int16_t)(unsafe.Pointer(&pcm[0])), C.size_t(len(pcm)),
		(*C.float)(unsafe.Pointer(&out[0])), C.int(most))
	if n < 0 {
		return nil, ErrDecode
	}
	return out[:int(n)*f.width], nil
}

// Close frees the front end. It may be called twice.
func (f *FrontEnd) Close() {
	if f.fe == nil {
		return
	}
	C.fe_free(f.fe)
	f.fe = nil
}
