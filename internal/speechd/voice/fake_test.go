package voice

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A fake stands in for both programs: a shell script that speaks what lies in
// its folder as "wav".
type fake struct {
	t   *testing.T
	dir string
}

// samplesOfFake is how much the wav of a fake holds.
const samplesOfFake = 4000

// install puts a script in the place of both programs. It finds its folder in
// $dir, and the command "speak" writes the wav.
func install(t *testing.T, script string) fake {
	t.Helper()
	f := fake{t: t, dir: t.TempDir()}
	f.write("wav", wav(8000, slices.Repeat([]int16{3000, -3000}, samplesOfFake/2)))
	head := fmt.Sprintf("#!/bin/sh\ndir='%s'\nspeak() { cat \"$dir/wav\" >%s; }\n", f.dir, wavPath)
	for _, program := range Programs() {
		f.write(program, []byte(head+script+"\n"))
	}
	t.Setenv("PATH", f.dir+":"+os.Getenv("PATH"))
	return f
}

func (f fake) write(name string, data []byte) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o700); err != nil {
		f.t.Fatal(err)
	}
}

// read gives a file, or waits for who writes to a pipe.
func (f fake) read(name string) string {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

func (f fake) pipe(name string) {
	f.t.Helper()
	if err := syscall.Mkfifo(filepath.Join(f.dir, name), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// running reports whether the process is there whose number the pipe gives.
func running(t *testing.T, number string) bool {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		t.Fatal(err)
	}
	return syscall.Kill(pid, 0) == nil
}

// wav is what the programs write.
func wav(rate uint32, pcm []int16) []byte {
	var b bytes.Buffer
	size := uint32(2 * len(pcm))
	b.WriteString("RIFF")
	put(&b, 36+size)
	b.WriteString("WAVEfmt ")
	put(&b, uint32(16), uint16(1), uint16(1), rate, 2*rate, uint16(2), uint16(16))
	b.WriteString("data")
	put(&b, size, pcm)
	return b.Bytes()
}

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err) // a Buffer takes everything
		}
	}
}
