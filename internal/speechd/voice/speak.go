package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/sys/unix"
)

// A Style changes how a voice speaks. The zero Style is the voice as it is.
type Style struct {
	Rate   float64 // 1 and 0 are normal
	Pitch  float64 // semitones
	Volume float64 // dB
}

// Limits of a Style; what lies beyond is brought to them.
const (
	slowest, fastest = 0.4, 2.5
	pitchRange       = 12
	quietest         = -60
	loudest          = 12
)

// Speak speaks one sentence and hands over its samples, at the voice's rate. It
// ends when write fails. The program has ended before the first of them is
// handed over, so that a slow listener costs neither its time nor its place.
func (s *Speaker) Speak(ctx context.Context, v Voice, style Style, text string, write func([]int16) error) error {
	wav, err := s.speech(ctx, v, style, text)
	if err != nil {
		return err
	}
	defer wav.Close()
	gain := v.gain * math.Pow(10, clamp(style.Volume, quietest, loudest)/20)
	n, err := samples(wav, func(pcm []int16) error {
		amplify(pcm, gain)
		return write(pcm)
	})
	if err == nil && n == 0 && strings.ContainsFunc(text, speakable) {
		return fmt.Errorf("%s: no audio: %w", v.program, ErrSpeak)
	}
	return err
}

// speech runs the voice's program and gives what it wrote, in memory.
func (s *Speaker) speech(ctx context.Context, v Voice, style Style, text string) (*os.File, error) {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	fd, err := unix.MemfdCreate("speech", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory for %s: %w", v.program, err)
	}
	wav := os.NewFile(uintptr(fd), "speech")
	if err := s.run(ctx, v, style, text, wav); err != nil {
		return nil, errors.Join(err, wav.Close())
	}
	return wav, nil
}

func (s *Speaker) run(ctx context.Context, v Voice, style Style, text string, wav *os.File) error {
	args := espeakArgs
	if v.program == flite {
		args = fliteArgs
	}
	err := s.command(ctx, v, text, wav, args(v, style)...).Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v.program, ErrSpeak)
	}
	if _, err := wav.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", v.program, err)
	}
	return nil
}

func clamp(v, low, high float64) float64 { return min(max(v, low), high) }

// amplify multiplies in place; what would clip is bent instead.
func amplify(pcm []int16, gain float64) {
	const knee = 0.8
	for i, s := range pcm {
		v := float64(s) / 32768 * gain
		if a := math.Abs(v); a > knee {
			v = math.Copysign(knee+(1-knee)*math.Tanh((a-knee)/(1-knee)), v)
		}
		pcm[i] = int16(v * 32767)
	}
}

// speed brings the rate of a style into range.
func (st Style) speed() float64 {
	if st.Rate <= 0 {
		return 1
	}
	return clamp(st.Rate, slowest, fastest)
}

// Normal speed and pitch of espeak-ng, from its manual.
const (
	espeakWords = 170
	espeakPitch = 50
)

// wavPath is where a program finds the file that it shall write; both seek in it.
const wavPath = "/proc/self/fd/3"

func espeakArgs(v Voice, style Style) []string {
	// The pitch goes from 0 to 99 in about two octaves.
	pitch := int(clamp(espeakPitch+clamp(style.Pitch, -pitchRange, pitchRange)*4, 0, 99))
	return []string{"-v", v.id, "-s", strconv.Itoa(int(espeakWords * style.speed())), "-p", strconv.Itoa(pitch), "--stdin", "-w", wavPath}
}

func fliteArgs(v Voice, style Style) []string {
	args := []string{"-voice", v.id, "--setf", fmt.Sprintf("duration_stretch=%.3f", 1/style.speed())}
	if style.Pitch != 0 {
		shift := math.Pow(2, clamp(style.Pitch, -pitchRange, pitchRange)/12)
		args = append(args, "--setf", fmt.Sprintf("f0_shift=%.3f", shift))
	}
	return append(args, "-f", "/dev/stdin", "-o", wavPath)
}

func (s *Speaker) command(ctx context.Context, v Voice, text string, wav *os.File, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.paths[v.program], args...) //nolint:gosec // a path we looked up and fixed arguments.
	cmd.Stdin = strings.NewReader(plain(text) + "\n")
	cmd.ExtraFiles = []*os.File{wav}
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// plain removes what the programs take for commands in a text: marks of
// phonemes and tags, and control characters, with which espeak-ng begins its own.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.NewReplacer("[[", " ", "]]", " ", "<", " ", ">", " ").Replace(text)
}

// headerSize is the size of the WAV header that both programs write.
const headerSize = 44

// samples reads a WAV stream of 16-bit samples and hands them on in pieces.
func samples(r io.Reader, write func([]int16) error) (int, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, fmt.Errorf("read audio: %w", ErrSpeak)
	}
	if !bytes.HasPrefix(header, []byte("RIFF")) || string(header[36:40]) != "data" {
		return 0, fmt.Errorf("not the expected audio: %w", ErrSpeak)
	}
	buf, held, total := make([]byte, 4096), 0, 0
	for {
		n, err := r.Read(buf[held:])
		n += held
		pcm := make([]int16, n/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(buf[2*i:])) //nolint:gosec // the bits are the sample.
		}
		held = copy(buf, buf[n/2*2:n])
		if len(pcm) > 0 {
			if werr := write(pcm); werr != nil {
				return total, werr
			}
			total += len(pcm)
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("read audio: %w", err)
		}
	}
}
