package ttsd_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/callward/callward/internal/speechd/voice"
)

// A fake stands in for the speech programs: a script that takes a line of text
// and speaks the same short sound, at 8 kHz, for every text but
//
//	hang   it writes its process number to the pipe "hung", and never ends
//	fail   it fails
//	long   it speaks a minute
//
// It notes its arguments in "args" and what it spoke in "spoken".
type fake struct {
	tb  testing.TB
	dir string
}

// Samples of the sound, and of the long one.
const (
	short = 800
	long  = 60 * 8000
)

const fakeScript = `#!/bin/sh
dir='%s'
read -r text
echo "$*" >>"$dir/args"
case "$text" in
*hang*) echo $$ >"$dir/hung"; exec sleep 600 ;;
*fail*) exit 1 ;;
*long*) cat "$dir/long.wav" >&3 ;;
*) cat "$dir/short.wav" >&3 ;;
esac
echo "$text" >>"$dir/spoken"
`

func install(tb testing.TB) fake {
	tb.Helper()
	f := fake{tb: tb, dir: tb.TempDir()}
	f.write("short.wav", wav(short))
	f.write("long.wav", wav(long))
	f.write("spoken", nil)
	for _, program := range voice.Programs() {
		f.write(program, fmt.Appendf(nil, fakeScript, f.dir))
	}
	if err := syscall.Mkfifo(filepath.Join(f.dir, "hung"), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Setenv("PATH", f.dir+":"+os.Getenv("PATH"))
	return f
}

func (f fake) write(name string, data []byte) {
	f.tb.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o700); err != nil {
		f.tb.Fatal(err)
	}
}

// lines gives the lines of a file, or waits for who writes to a pipe.
func (f fake) lines(name string) []string {
	f.tb.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.tb.Fatal(err)
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

// hung waits for a program that hangs and gives its process number.
func (f fake) hung() int {
	f.tb.Helper()
	pid, err := strconv.Atoi(f.lines("hung")[0])
	if err != nil {
		f.tb.Fatal(err)
	}
	return pid
}

// gone sees that a process is not there any more.
func (f fake) gone(pid int) {
	f.tb.Helper()
	if syscall.Kill(pid, 0) == nil {
		f.tb.Error("the speech program runs on")
	}
}

func wav(samples int) []byte {
	var b bytes.Buffer
	for _, v := range []any{
		[]byte("RIFF"), uint32(36 + 2*samples), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(8000), uint32(16000), uint16(2), uint16(16), []byte("data"), uint32(2 * samples), make([]int16, samples),
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err) // a Buffer takes everything
		}
	}
	return b.Bytes()
}
