// Package ps decodes speech with pocketsphinx 5prealpha, the version in Debian.
// It is the only package of the project that uses cgo.
//
// A Decoder holds one acoustic model and one dictionary, and any number of
// named searches over them (an n-gram language model, a grammar, a loop of
// phones). It starts no goroutine; a method may be called from any goroutine,
// but from one at a time. Write blocks for as long as the search takes, about a
// tenth of the audio's length with a language model. Language models and
// dictionaries reach the library through anonymous memory, never a file.
package ps

/*
#cgo pkg-config: pocketsphinx sphinxbase
#cgo LDFLAGS: -lm
#include <stdlib.h>
#include "ps.h"
*/
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SampleRate is the rate of the audio that Write takes.
const SampleRate = 16000

// FramesPerSecond is how many frames the front end makes of a second.
const FramesPerSecond = 100

// ErrModel says that the library refused an acoustic model or a dictionary.
var ErrModel = errors.New("pocketsphinx refused the model")

// ErrSearch says that the library refused a language model or a grammar.
var ErrSearch = errors.New("pocketsphinx refused the search")

// ErrDecode says that the library failed on an utterance.
var ErrDecode = errors.New("pocketsphinx failed on an utterance")

// ErrClosed says that a decoder or a front end was used after Close.
var ErrClosed = errors.New("pocketsphinx: used after close")

// Config describes a decoder.
type Config struct {
	// Model is the folder of the acoustic model (mdef, means, …).
	Model string
	// Dict is the pronunciation dictionary, a word and its phones a line.
	Dict []byte
	// Features is what the model's feat.params says; empty: that file.
	Features []byte
	// Means moves the model's Gaussians: an MLLR transform in the text form of the
	// Sphinx tools; empty: they stay. The library does not check that it fits the model.
	Means []byte
	// Args are further arguments of the library, name and value in turn. "-logfn"
	// is not safe in a process with several decoders; nothing is logged as it is.
	Args []string
}

// A Decoder turns audio into words. Close frees it.
type Decoder struct {
	ps      *C.ps_decoder_t
	started bool // once; before it the library crashes when asked for words
	active  bool
}

// A Segment is a word of the best path, a filler such as "<sil>" included.
type Segment struct {
	Word       string
	Start, End int // frames, End past the last
	Score      int // acoustic score, in the library's log base
}

//nolint:gochecknoglobals // the library has one log callback in a process.
var quiet sync.Once

// New loads a decoder. It takes 10 to 400 ms of CPU, by the size of Dict.
func New(cfg Config) (*Decoder, error) {
	quiet.Do(func() { C.cw_quiet() })
	dict, err := inMemory("dict", cfg.Dict)
	if err != nil {
		return nil, err
	}
	defer dict.Close()
	args := append([]string{"speechd", "-hmm", cfg.Model, "-dict", pathOf(dict)}, cfg.Args...)
	for _, f := range []struct {
		arg     string
		content []byte
	}{{"-featparams", cfg.Features}, {"-mllr", cfg.Means}} {
		if len(f.content) == 0 {
			continue
		}
		file, err := inMemory(f.arg, f.content)
		if err != nil {
			return nil, err
		}
		defer file.Close() // once the library has read it
		args = append(args, f.arg, pathOf(file))
	}
	argv := cStrings(args)
	defer freeStrings(argv)
	ps := C.cw_new(C.int(len(args)), (**C.char)(unsafe.Pointer(&argv[0])))
	if ps == nil {
		return nil, fmt.Errorf("load %s: %w", cfg.Model, ErrModel)
	}
	return &Decoder{ps: ps}, nil
}

// Close frees the decoder. It may be called twice.
func (d *Decoder) Close() {
	if d.ps == nil {
		return
	}
	C.ps_free(d.ps)
	d.ps, d.started = nil, false
}

// AddLM adds a search by an n-gram model in ARPA text. The library crashes on
// text that is none, so that is refused here.
func (d *Decoder) AddLM(name string, arpa []byte) error {
	if !bytes.HasPrefix(arpa, []byte("\\data\\\n")) || !bytes.HasSuffix(arpa, []byte("\\end\\\n")) {
		return fmt.Errorf("add %s: not ARPA: %w", name, ErrSearch)
	}
	file, err := inMemory("lm", arpa)
	if err != nil {
		return err
	}
	defer file.Close()
	return d.add(name, func(cName *C.char) C.int {
		path := C.CString(pathOf(file))
		defer C.free(unsafe.Pointer(path))
		return C.cw_add_lm(d.ps, cName, path)
	})
}

// AddGrammar adds a search by a finite state grammar, in the text form of the
// Sphinx tools (FSG_BEGIN …). Every word of it must be in the dictionary.
func (d *Decoder) AddGrammar(name, fsg string) error {
	return d.add(name, func(cName *C.char) C.int {
		text := C.CString(fsg)
		defer C.free(unsafe.Pointer(text))
		return C.cw_add_fsg(d.ps, cName, text, C.size_t(len(fsg)))
	})
}

// AddPhoneLoop adds a search for any sequence of phones.
func (d *Decoder) AddPhoneLoop(name string) error {
	return d.add(name, func(cName *C.char) C.int {
		return C.ps_set_allphone_file(d.ps, cName, nil)
	})
}

func (d *Decoder) add(name string, load func(*C.char) C.int) error {
	if d.ps == nil {
		return ErrClosed
	}
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	if load(cName) != 0 {
		return fmt.Errorf("add %s: %w", name, ErrSearch)
	}
	return nil
}

// Start opens an utterance with one of the searches.
func (d *Decoder) Start(search string) error {
	if d.ps == nil {
		return ErrClosed
	}
	cName := C.CString(search)
	defer C.free(unsafe.Pointer(cName))
	if C.ps_set_search(d.ps, cName) != 0 {
		return fmt.Errorf("use %s: %w", search, ErrSearch)
	}
	if C.ps_start_stream(d.ps) != 0 || C.ps_start_utt(d.ps) != 0 {
		return ErrDecode
	}
	d.started, d.active = true, true
	return nil
}

// WriteCepstra decodes frames of the utterance that a front end has made, Width
// numbers each; with whole they are all of it. The library changes them.
func (d *Decoder) WriteCepstra(frames []float32, whole bool) error {
	switch {
	case d.ps == nil:
		return ErrClosed
	case !d.active:
		return ErrDecode
	case len(frames) == 0:
		return nil
	}
	if whole {
		return d.process(frames, 1)
	}
	for piece := range slices.Chunk(frames, pieceFrames*Width) {
		if err := d.process(piece, 0); err != nil {
			return err
		}
	}
	return nil
}

// pieceFrames is how many frames the library gets at once: its buffer holds a
// dozen, and more of them abort the process or are lost.
const pieceFrames = 4

func (d *Decoder) process(frames []float32, whole C.int) error {
	if len(frames)%Width != 0 {
		return fmt.Errorf("half a frame at the end: %w", ErrDecode)
	}
	rows := (*C.float)(unsafe.Pointer(&frames[0]))
	if C.cw_process_cep(d.ps, rows, Width, C.int(len(frames)/Width), whole) < 0 {
		return ErrDecode
	}
	return nil
}

// End closes the utterance; Hypothesis and Segments are then final.
func (d *Decoder) End() error {
	if d.ps == nil {
		return ErrClosed
	}
	if !d.active {
		return nil
	}
	d.active = false
	if C.ps_end_utt(d.ps) != 0 {
		return ErrDecode
	}
	return nil
}

// Hypothesis gives the best words so far and the score of their path.
func (d *Decoder) Hypothesis() (words string, score int) {
	if !d.started {
		return "", 0
	}
	var s C.int32
	text := C.ps_get_hyp(d.ps, &s)
	if text == nil {
		return "", int(s)
	}
	return C.GoString(text), int(s)
}

// Segments gives the best path word by word.
func (d *Decoder) Segments() []Segment {
	if !d.started {
		return nil
	}
	var out []Segment
	for it := C.ps_seg_iter(d.ps); it != nil; it = C.ps_seg_next(it) {
		out = append(out, segmentOf(it))
	}
	return out
}

func segmentOf(it *C.ps_seg_t) Segment {
	var from, to C.int
	var acoustic, language, backoff C.int32
	C.ps_seg_frames(it, &from, &to)
	C.ps_seg_prob(it, &acoustic, &language, &backoff)
	return Segment{
		Word:  C.GoString(C.ps_seg_word(it)),
		Start: int(from),
		End:   int(to) + 1,
		Score: int(acoustic),
	}
}

// Frames tells how many frames the utterance has so far.
func (d *Decoder) Frames() int {
	if !d.started {
		return 0
	}
	return int(C.ps_get_n_frames(d.ps))
}

// inMemory puts data where the library can open it by name without a disk.
func inMemory(name string, data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory for %s: %w", name, err)
	}
	file := os.NewFile(uintptr(fd), name)
	if _, err := file.Write(data); err != nil {
		return nil, errors.Join(fmt.Errorf("memory for %s: %w", name, err), file.Close())
	}
	return file, nil
}

func pathOf(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }

func cStrings(args []string) []*C.char {
	out := make([]*C.char, len(args)+1)
	for i, a := range args {
		out[i] = C.CString(a)
	}
	return out
}

func freeStrings(argv []*C.char) {
	for _, a := range argv {
		C.free(unsafe.Pointer(a))
	}
}
