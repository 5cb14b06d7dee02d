package ps_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/ps"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
)

const (
	dict = "no  N OW\nyes  Y EH S\n"

	yesNo = "FSG_BEGIN answers\nNUM_STATES 2\nSTART_STATE 0\nFINAL_STATE 1\n" +
		"TRANSITION 0 1 0.5 yes\nTRANSITION 0 1 0.5 no\nFSG_END\n"

	arpa = "\\data\\\nngram 1=4\n\n\\1-grams:\n-0.5 </s>\n-99 <s>\n-0.5 no\n-0.5 yes\n\n\\end\\\n"
)

// config is a decoder of two words of Debian's English model.
func config(t *testing.T) ps.Config {
	t.Helper()
	if err := recog.CheckDir(recog.EnglishDir); err != nil {
		t.Skipf("SKIPPED: %v: apt-get install pocketsphinx-en-us", err)
	}
	return ps.Config{Model: recog.EnglishDir, Dict: []byte(dict), Args: []string{"-cmn", "live", "-allphone_ci", "yes"}}
}

func decoder(t *testing.T) *ps.Decoder {
	t.Helper()
	d, err := ps.New(config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// frontEnd makes the cepstra that the English model was trained with.
func frontEnd(tb testing.TB) *ps.FrontEnd {
	tb.Helper()
	fe, err := ps.NewFrontEnd("-lowerf", "130", "-upperf", "6800", "-nfilt", "25", "-transform", "dct",
		"-lifter", "22", "-remove_silence", "no", "-remove_noise", "yes")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(fe.Close)
	return fe
}

func cepstraOf(t *testing.T, text string) []float32 {
	t.Helper()
	fe := frontEnd(t)
	if err := fe.Start(); err != nil {
		t.Fatal(err)
	}
	wide := audio.NewResampler(8000, ps.SampleRate).Write(speechtest.Say(t, "flite-slt", text))
	frames, err := fe.Write(wide)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// hear decodes frames as a whole and gives the words.
func hear(t *testing.T, d *ps.Decoder, search string, frames []float32) string {
	t.Helper()
	if err := d.Start(search); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteCepstra(slices.Clone(frames), true); err != nil {
		t.Fatal(err)
	}
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	words, _ := d.Hypothesis()
	return words
}

func TestADecoderTellsTheWordsOfAGrammarApartOneUtteranceAfterTheOther(t *testing.T) {
	d := decoder(t)
	if err := d.AddGrammar("answers", yesNo); err != nil {
		t.Fatal(err)
	}
	yes, no := cepstraOf(t, "yes"), cepstraOf(t, "no")
	for range 2 { // what one utterance leaves behind does not reach the next
		if got := hear(t, d, "answers", yes); got != "yes" {
			t.Errorf("yes is heard as %q", got)
		}
		if got := hear(t, d, "answers", no); got != "no" {
			t.Errorf("no is heard as %q", got)
		}
	}
}

func TestSegmentsCoverTheUtteranceInOrder(t *testing.T) {
	d, yes := decoder(t), cepstraOf(t, "yes")
	for name, add := range map[string]func(string) error{
		"grammar": func(name string) error { return d.AddGrammar(name, yesNo) },
		"model":   func(name string) error { return d.AddLM(name, []byte(arpa)) },
		"loop":    d.AddPhoneLoop,
	} {
		if err := add(name); err != nil {
			t.Fatal(err)
		}
		hear(t, d, name, yes)
		at := 0
		for _, s := range d.Segments() {
			if s.Start != at || s.End <= s.Start || s.End > d.Frames() {
				t.Errorf("%s: a segment from %d to %d follows frame %d of %d", name, s.Start, s.End, at, d.Frames())
			}
			at = s.End
		}
		if at == 0 {
			t.Errorf("%s: no segments", name)
		}
	}
}

func TestAnUtteranceInPiecesOfAnySizeHasPartials(t *testing.T) {
	d, frames := decoder(t), cepstraOf(t, "yes")
	if err := d.AddGrammar("answers", yesNo); err != nil {
		t.Fatal(err)
	}
	for _, first := range []int{1, 4, 10, 33, 60} {
		for _, size := range []int{1, 3, 6, 20} {
			partials := partialsOf(t, d, frames, first, size)
			if words, _ := d.Hypothesis(); !partials["yes"] || words != "yes" {
				t.Errorf("%d frames and then %d at a time: partials %v, final %q", first, size, partials, words)
			}
		}
	}
}

// partialsOf decodes frames in pieces and gives the hypotheses after each.
func partialsOf(t *testing.T, d *ps.Decoder, frames []float32, first, size int) map[string]bool {
	t.Helper()
	if err := d.Start("answers"); err != nil {
		t.Fatal(err)
	}
	partials := make(map[string]bool)
	frames = slices.Clone(frames)
	pieces := slices.Collect(slices.Chunk(frames[first*ps.Width:], size*ps.Width))
	for _, p := range append([][]float32{frames[:first*ps.Width]}, pieces...) {
		if err := d.WriteCepstra(p, false); err != nil {
			t.Fatal(err)
		}
		words, _ := d.Hypothesis()
		partials[words] = true
	}
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	return partials
}

func TestHalfAFrameIsRefused(t *testing.T) {
	d := decoder(t)
	if err := d.AddGrammar("answers", yesNo); err != nil {
		t.Fatal(err)
	}
	if err := d.Start("answers"); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteCepstra(make([]float32, ps.Width-1), false); !errors.Is(err, ps.ErrDecode) {
		t.Errorf("error %v", err)
	}
}

func TestAnUtteranceWithoutFramesHasNoWords(t *testing.T) {
	d := decoder(t)
	if err := d.AddGrammar("answers", yesNo); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, d, "answers", nil); got != "" {
		t.Errorf("nothing is heard as %q", got)
	}
}

// Decoders share nothing: what the library keeps for the process (its log file)
// must not be touched when several are made at once, as with every new call.
func TestDecodersAreMadeAtOnce(t *testing.T) {
	cfg := config(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				d, err := ps.New(cfg)
				if err != nil {
					t.Error(err)
					return
				}
				d.Close()
			}
		})
	}
	all.Wait()
}

func TestAFolderThatIsNoModelIsRefused(t *testing.T) {
	cfg := config(t)
	cfg.Model = t.TempDir()
	if _, err := ps.New(cfg); !errors.Is(err, ps.ErrModel) {
		t.Errorf("error %v", err)
	}
}

func TestASearchThatCannotBeReadIsRefused(t *testing.T) {
	d := decoder(t)
	for name, add := range map[string]func(string) error{
		"empty grammar":            func(name string) error { return d.AddGrammar(name, "") },
		"no grammar":               func(name string) error { return d.AddGrammar(name, "yes or no") },
		"half a grammar":           func(name string) error { return d.AddGrammar(name, yesNo[:60]) },
		"word not in dictionary":   func(name string) error { return d.AddGrammar(name, strings.ReplaceAll(yesNo, "yes", "perhaps")) },
		"empty language model":     func(name string) error { return d.AddLM(name, nil) },
		"no language model":        func(name string) error { return d.AddLM(name, []byte("yes or no")) },
		"language model cut short": func(name string) error { return d.AddLM(name, []byte(arpa[:40])) },
	} {
		if err := add(name); !errors.Is(err, ps.ErrSearch) {
			t.Errorf("%s: error %v", name, err)
		}
		if err := d.Start(name); !errors.Is(err, ps.ErrSearch) {
			t.Errorf("%s: it can be used: %v", name, err)
		}
	}
}

func TestWhatIsNotStartedHasNothingToSay(t *testing.T) {
	d := decoder(t)
	if words, _ := d.Hypothesis(); words != "" || len(d.Segments()) > 0 || d.Frames() != 0 {
		t.Errorf("words %q before any utterance", words)
	}
	if err := d.WriteCepstra(make([]float32, ps.Width), true); !errors.Is(err, ps.ErrDecode) {
		t.Errorf("frames of no utterance: %v", err)
	}
	if err := d.End(); err != nil {
		t.Errorf("the end of no utterance: %v", err)
	}
}

func TestAClosedDecoderRefusesWork(t *testing.T) {
	d := decoder(t)
	if err := d.AddGrammar("answers", yesNo); err != nil {
		t.Fatal(err)
	}
	if err := d.Start("answers"); err != nil {
		t.Fatal(err)
	}
	d.Close()
	d.Close()
	for name, err := range map[string]error{
		"AddGrammar":   d.AddGrammar("more", yesNo),
		"AddLM":        d.AddLM("more", []byte(arpa)),
		"AddPhoneLoop": d.AddPhoneLoop("more"),
		"Start":        d.Start("answers"),
		"WriteCepstra": d.WriteCepstra(make([]float32, ps.Width), false),
		"End":          d.End(),
	} {
		if !errors.Is(err, ps.ErrClosed) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if words, _ := d.Hypothesis(); words != "" || d.Segments() != nil || d.Frames() != 0 {
		t.Error("a closed decoder still has an utterance")
	}
}

func TestAClosedFrontEndRefusesWork(t *testing.T) {
	fe := frontEnd(t)
	fe.Close()
	fe.Close()
	if err := fe.Start(); !errors.Is(err, ps.ErrClosed) {
		t.Errorf("Start: %v", err)
	}
	if _, err := fe.Write(make([]int16, 1000)); !errors.Is(err, ps.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
}

func TestAFrontEndWithATransformThatIsNoneIsRefused(t *testing.T) {
	if _, err := ps.NewFrontEnd("-transform", "none"); !errors.Is(err, ps.ErrFrontEnd) {
		t.Errorf("error %v", err)
	}
}

func TestTheWidthOfAFrameIsThatOfItsTransform(t *testing.T) {
	if got := frontEnd(t).Width(); got != ps.Width {
		t.Errorf("a frame of cepstra is %d wide", got)
	}
	fe, err := ps.NewFrontEnd("-nfilt", "25", "-logspec", "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer fe.Close()
	if fe.Width() != 25 {
		t.Errorf("a frame of 25 filters is %d wide", fe.Width())
	}
}

// A frame is 410 samples and the next one begins 160 later; the first ten come
// out together.
func framesOf(samples int) int {
	if n := (samples - 250) / 160; n >= 10 {
		return n
	}
	return 0
}

func TestTheCutOfTheAudioChangesNoFrame(t *testing.T) {
	fe, noise := frontEnd(t), speechtest.Noise(500)
	rapid.Check(t, func(t *rapid.T) {
		pcm := noise[:rapid.IntRange(0, len(noise)).Draw(t, "samples")]
		whole := framesIn(t, fe, pcm)
		if got, want := len(whole)/fe.Width(), framesOf(len(pcm)); got != want {
			t.Fatalf("%d samples make %d frames, want %d", len(pcm), got, want)
		}
		var pieces [][]int16
		for rest := pcm; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if !slices.Equal(whole, framesIn(t, fe, pieces...)) {
			t.Fatalf("%d samples in %d pieces make other frames", len(pcm), len(pieces))
		}
	})
}

func framesIn(t *rapid.T, fe *ps.FrontEnd, pieces ...[]int16) []float32 {
	if err := fe.Start(); err != nil {
		t.Fatal(err)
	}
	var out []float32
	for _, p := range pieces {
		frames, err := fe.Write(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, frames...)
	}
	return out
}
