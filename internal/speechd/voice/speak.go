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

// Speak speaks one sentence and hands over its samples, at the voice's rate, as
// they come. It ends when write fails.
func (s *Speaker) Speak(ctx context.Context, v Voice, style Style, text string, write func([]int16) error) error {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	gain := v.gain * math.Pow(10, clamp(style.Volume, quietest, loudest)/20)
	loud := func(pcm []int16) error {
		amplify(pcm, gain)
		return write(pcm)
	}
	var err error
	if v.program == flite {
		err = s.flite(ctx, v, style, text, loud)
	} else {
		err = s.espeak(ctx, v, style, text, loud)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
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

// espeak streams from the standard output of espeak-ng.
func (s *Speaker) espeak(ctx context.Context, v Voice, style Style, text string, write func([]int16) error) error {
	// The pitch goes from 0 to 99 in about two octaves.
	pitch := int(clamp(espeakPitch+clamp(style.Pitch, -pitchRange, pitchRange)*4, 0, 99))
	cmd := s.command(ctx, v, text,
		"-v", v.id, "-s", strconv.Itoa(int(espeakWords*style.speed())), "-p", strconv.Itoa(pitch), "--stdin", "--stdout")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", espeak, ErrSpeak)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", espeak, ErrSpeak)
	}
	_, copied := samples(out, write)
	if copied != nil && cmd.Process != nil {
		_ = cmd.Process.Kill() // nobody listens any more
	}
	if err := cmd.Wait(); err != nil && copied == nil {
		return fmt.Errorf("%s: %w", espeak, ErrSpeak)
	}
	return copied
}

// flite writes a file that it seeks in, so it gets one in memory.
func (s *Speaker) flite(ctx context.Context, v Voice, style Style, text string, write func([]int16) error) error {
	fd, err := unix.MemfdCreate("speech", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("memory for %s: %w", flite, err)
	}
	file := os.NewFile(uintptr(fd), "speech")
	defer file.Close()
	args := []string{"-voice", v.id, "--setf", fmt.Sprintf("duration_stretch=%.3f", 1/style.speed())}
	if style.Pitch != 0 {
		shift := math.Pow(2, clamp(style.Pitch, -pitchRange, pitchRange)/12)
		args = append(args, "--setf", fmt.Sprintf("f0_shift=%.3f", shift))
	}
	args = append(args, "-f", "/dev/stdin", "-o", "/proc/self/fd/3")
	cmd := s.command(ctx, v, text, args...)
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", flite, ErrSpeak)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", flite, err)
	}
	n, err := samples(file, write)
	if err == nil && n == 0 && strings.ContainsFunc(text, speakable) {
		return fmt.Errorf("%s: no audio: %w", flite, ErrSpeak)
	}
	return err
}

func (s *Speaker) command(ctx context.Context, v Voice, text string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.paths[v.program], args...) //nolint:gosec // a path we looked up and fixed arguments.
	cmd.Stdin = strings.NewReader(plain(text) + "\n")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// plain removes what the programs take for commands in a text.
func plain(text string) string {
	return strings.NewReplacer("[[", " ", "]]", " ", "\x00", " ", "<", " ", ">", " ").Replace(text)
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
		return 0, fmt.Errorf("read audio: %w", err)
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
