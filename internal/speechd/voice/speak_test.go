package voice

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// discard takes samples and forgets them.
func discard([]int16) error { return nil }

// both are a voice of each program.
func both(t *testing.T, s *Speaker) []Voice {
	t.Helper()
	var out []Voice
	for _, name := range []string{"flite-kal", "espeak-en-us"} {
		v, err := s.Find(name, "")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func TestACancelledContextKillsTheProgram(t *testing.T) {
	f := install(t, `echo $$ >"$dir/started"; exec sleep 600`)
	f.pipe("started")
	s := New(Config{})
	for _, v := range both(t, s) {
		ctx, cancel := context.WithCancel(t.Context())
		spoke := make(chan error, 1)
		go func() { spoke <- s.Speak(ctx, v, Style{}, "hello", discard) }()
		pid := f.read("started")
		cancel()
		if err := <-spoke; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Speak ends with %v", v.Name, err)
		}
		if running(t, pid) {
			t.Errorf("%s: the program runs on", v.Name)
		}
	}
}

func TestASentenceThatTakesTooLongIsGivenUp(t *testing.T) {
	install(t, `exec sleep 600`)
	s := New(Config{Timeout: 50 * time.Millisecond})
	for _, v := range both(t, s) {
		if err := s.Speak(t.Context(), v, Style{}, "hello", discard); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: Speak ends with %v", v.Name, err)
		}
	}
}

func TestAContextThatHasEndedStartsNothing(t *testing.T) {
	f := install(t, `touch "$dir/started"; speak`)
	s := New(Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a place is free: it may be taken first
		if err := s.Speak(ctx, both(t, s)[0], Style{}, "hello", discard); !errors.Is(err, context.Canceled) {
			t.Fatalf("Speak ends with %v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(f.dir, "started")); err == nil {
		t.Error("a program was started")
	}
}

func TestAListenerThatFailsEndsTheSpeech(t *testing.T) {
	install(t, `speak`)
	s := New(Config{})
	hungUp := errors.New("hung up")
	for _, v := range both(t, s) {
		calls := 0
		err := s.Speak(t.Context(), v, Style{}, "hello", func([]int16) error { calls++; return hungUp })
		if !errors.Is(err, hungUp) || calls != 1 {
			t.Errorf("%s: %v after %d calls", v.Name, err, calls)
		}
	}
}

func TestASlowListenerCostsNeitherTimeNorAPlace(t *testing.T) {
	install(t, `speak`)
	s := New(Config{Processes: 1})
	for _, v := range both(t, s) {
		inner := errors.New("not called")
		err := s.Speak(t.Context(), v, Style{}, "hello", func([]int16) error {
			inner = s.Speak(t.Context(), v, Style{}, "meanwhile", discard)
			return nil
		})
		if err != nil || inner != nil {
			t.Errorf("%s: %v; another one meanwhile: %v", v.Name, err, inner)
		}
	}
}

func TestAProgramThatFailsIsReportedWithoutTheText(t *testing.T) {
	for name, script := range map[string]string{
		"ends with 1":          `cat >&2; speak; exit 1`,
		"is killed":            `kill -9 $$`,
		"writes nothing":       `exit 0`,
		"writes half a header": `printf RIFF >/proc/self/fd/3`,
		"writes something":     `cat /etc/passwd /etc/passwd >/proc/self/fd/3`,
		"speaks no sample":     `head -c 44 "$dir/wav" >/proc/self/fd/3`,
		"is not a program":     `exec "$dir/nosuch"`,
	} {
		t.Run(name, func(t *testing.T) {
			install(t, script)
			s := New(Config{})
			for _, v := range both(t, s) {
				err := s.Speak(t.Context(), v, Style{}, "Zanzibar", discard)
				if !errors.Is(err, ErrSpeak) || strings.Contains(err.Error(), "Zanzibar") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v", v.Name, err)
				}
			}
		})
	}
}

func TestAProgramThatHasGoneIsReported(t *testing.T) {
	f := install(t, `speak`)
	s := New(Config{})
	voices := both(t, s)
	for _, v := range voices {
		if err := os.Remove(filepath.Join(f.dir, v.program)); err != nil {
			t.Fatal(err)
		}
		if err := s.Speak(t.Context(), v, Style{}, "Zanzibar", discard); !errors.Is(err, ErrSpeak) {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

func TestNoMoreProgramsRunThanAllowed(t *testing.T) {
	f := install(t, `mkdir "$dir/running.$$"; ls -d "$dir"/running.* | wc -l >>"$dir/counts"; sleep 0.1; rmdir "$dir/running.$$"; speak`)
	const most = 2
	s := New(Config{Processes: most})
	voices := both(t, s)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if err := s.Speak(t.Context(), voices[i%2], Style{}, "hello", discard); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	counts := strings.Fields(f.read("counts"))
	for _, n := range counts {
		if n > "2" {
			t.Errorf("%s programs at once, not %d", n, most)
		}
	}
	if len(counts) != 8 {
		t.Errorf("%d programs ran", len(counts))
	}
}

func TestOneWhoWaitsForAPlaceCanLeave(t *testing.T) {
	f := install(t, `echo $$ >"$dir/started"; exec sleep 600`)
	f.pipe("started")
	s := New(Config{Processes: 1})
	v := both(t, s)[0]
	first, hangUp := context.WithCancel(t.Context())
	spoke := make(chan error, 1)
	go func() { spoke <- s.Speak(first, v, Style{}, "hello", discard) }()
	f.read("started")
	second, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Speak(second, v, Style{}, "hello", discard); !errors.Is(err, context.Canceled) {
		t.Errorf("the one who waits ends with %v", err)
	}
	hangUp()
	if err := <-spoke; !errors.Is(err, context.Canceled) {
		t.Errorf("the first ends with %v", err)
	}
}

func TestNoTextIsNoSound(t *testing.T) {
	s := installed(t)
	for _, v := range both(t, s) {
		for _, text := range []string{"", " ", "\n\n", "<>", "\x00"} {
			if l := level(say(t, s, v, Style{}, text)); l > -60 {
				t.Errorf("%s: %q sounds at %.0f dBFS", v.Name, text, l)
			}
		}
	}
}

// odd are texts that a shell, a command line or a speech program could take for
// something else. %s is a file that would be made.
func odd() map[string]string {
	return map[string]string{
		"a command":         "hello $(touch %s) `touch %s`; touch %s | touch %s",
		"quotes":            `he said "hello" 'to' \"me\"' "; touch %s; '`,
		"an option":         "-w %s --help",
		"two dashes":        "--version",
		"an option at last": "hello -h",
		"lines":             "hello\n\n-w %s\r\nhello",
		"a zero byte":       "hello\x00 there",
		"tags":              `<speak><audio src="%s"/>hello</speak> & <!-- x -->`,
		"phonemes":          "hello [[h@'loU]] there [[",
		"commands":          "hello \x0130I there \x01500S and \x1b[2J",
		"a format":          "hello %%s%%n%%n there",
		"other letters":     "hello мир 日本 \u202e there",
		"long":              strings.Repeat("hello there, ", 150),
	}
}

func TestOddTextIsSpokenAndNothingElse(t *testing.T) {
	s := installed(t)
	for name, text := range odd() {
		made := filepath.Join(t.TempDir(), "made")
		for _, v := range both(t, s) {
			if pcm := say(t, s, v, Style{}, strings.ReplaceAll(text, "%s", made)); level(pcm) < -40 {
				t.Errorf("%s: %s: %d samples at %.0f dBFS", v.Name, name, len(pcm), level(pcm))
			}
		}
		if _, err := os.Stat(made); err == nil {
			t.Errorf("%s: it was executed", name)
		}
	}
}

func TestTheTextNeverGoesToTheCommandLine(t *testing.T) {
	f := install(t, `printf '%s\n' "$@" >"$dir/args"; cat >"$dir/stdin"; speak`)
	s := New(Config{})
	for name, text := range odd() {
		for _, v := range both(t, s) {
			plainly := say(t, s, v, Style{}, "yes")
			args := f.read("args")
			if got := say(t, s, v, Style{}, text); len(got) != len(plainly) {
				t.Errorf("%s: %s: %d samples", v.Name, name, len(got))
			}
			if got := f.read("args"); got != args {
				t.Errorf("%s: %s: the arguments change to %q", v.Name, name, got)
			}
			if got, want := f.read("stdin"), plain(text)+"\n"; got != want {
				t.Errorf("%s: %s: reads %q, not %q", v.Name, name, got, want)
			}
		}
	}
}

func TestNothingInATextIsACommandToTheProgram(t *testing.T) {
	s := installed(t)
	v := both(t, s)[1]
	for _, c := range []struct{ command, words string }{
		{"yes \x0130I no", "yes  30I no"}, // would play a sound
		{"yes \x01900S no", "yes  900S no"},
		{"yes [[f'aIv]] no", "yes   f'aIv   no"},
	} {
		got, want := say(t, s, v, Style{}, c.command), say(t, s, v, Style{}, c.words)
		if len(got) != len(want) {
			t.Errorf("%q lasts %v, but %q %v", c.command, length(v, got), c.words, length(v, want))
		}
	}
}

func TestPlainTextHoldsNoCommand(t *testing.T) {
	letter := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("[]<>\x00\x01\x1b\n a")))
	rapid.Check(t, func(t *rapid.T) {
		got := plain(rapid.StringOf(letter).Draw(t, "text"))
		if strings.Contains(got, "[[") || strings.Contains(got, "]]") || strings.ContainsAny(got, "<>\x00\x01\x1b\n\u0085") {
			t.Fatalf("%q is left", got)
		}
	})
}
