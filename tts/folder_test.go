package tts_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// vault is a source of one key.
type vault []byte

func (v vault) Key(context.Context) ([]byte, error) {
	if v == nil {
		return nil, errors.New("locked")
	}
	return v, nil
}

var opened = vault(bytes.Repeat([]byte{7}, 32))

func folder(t *testing.T, path string, limit int64, keys tts.KeySource) *tts.Folder {
	t.Helper()
	f, err := tts.OpenFolder(t.Context(), path, limit, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// spoken has words spoken by a pool over a folder, and tells from where they came.
func spoken(t *testing.T, f *tts.Folder, tone *ttstest.Tone, words ...string) (pcm []int16, from tts.Origin) {
	t.Helper()
	p := tts.NewPool(tts.PoolConfig{Folder: f, CacheBytes: -1}, tts.Provider{Name: "a", Client: ttstest.Start(t, tone, tts.Config{})})
	defer p.Close()
	for _, w := range words {
		s, err := p.Speak(t.Context(), redact.Authored(w), tts.Voice{Language: "en", Cacheable: true})
		if err != nil {
			t.Fatal(err)
		}
		if pcm, err = readAll(s); err != nil {
			t.Fatal(err)
		}
		from = s.Origin()
		s.Close()
	}
	return pcm, from
}

func names(t *testing.T, path string) (out []string) {
	t.Helper()
	all, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		out = append(out, e.Name())
	}
	return out
}

func TestAudioIsKeptOnDiskOverARestartIfTheKeyIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audio")
	tone := &ttstest.Tone{}
	first, _ := spoken(t, folder(t, path, 0, opened), tone, story)
	again := folder(t, path, 0, opened)
	second, from := spoken(t, again, tone, story)
	if !slices.Equal(first, second) || from != tts.Cache || again.Stats().Hits != 1 {
		t.Errorf("the same? %v, from %v, %+v", slices.Equal(first, second), from, again.Stats())
	}
	if got := names(t, path); len(got) != 1 {
		t.Fatalf("%q", got)
	}
	data, err := os.ReadFile(filepath.Join(path, names(t, path)[0]))
	if err != nil {
		t.Fatal(err)
	}
	silence := make([]byte, 32)
	for i, v := range first[:16] {
		silence[2*i], silence[2*i+1] = byte(v), byte(uint16(v)>>8)
	}
	if bytes.Contains(data, silence) || bytes.Contains(data, []byte("Welcome")) {
		t.Error("the file is not encrypted")
	}
	if other := folder(t, path, 0, nil); other.Stats().Files != 0 || len(names(t, path)) != 0 {
		t.Errorf("without the key %q stay", names(t, path))
	}
}

func TestFilesThatAreSpoiltAreRemovedAndForeignOnesLeftAlone(t *testing.T) {
	path := t.TempDir()
	tone := &ttstest.Tone{}
	spoken(t, folder(t, path, 0, opened), tone, one)
	ours := filepath.Join(path, names(t, path)[0])
	whole, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cut": whole[:len(whole)/2], "changed": append(slices.Clone(whole[:100]), append([]byte{whole[100] ^ 1}, whole[101:]...)...),
		"empty": {}, "other": []byte("#!/bin/sh\n"),
	} {
		for file, text := range map[string][]byte{ours: data, filepath.Join(path, "notes.txt"): []byte("mine"), filepath.Join(path, ".new-half"): {1}} {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f := folder(t, path, 0, opened)
		_, from := spoken(t, f, tone, one)
		if st := f.Stats(); from != tts.Engine || st.Spoilt != 1 || st.Foreign != 1 || st.Files != 1 {
			t.Errorf("%s: from %v, %+v", name, from, st)
		}
		if got := names(t, path); len(got) != 2 || !slices.Contains(got, "notes.txt") {
			t.Errorf("%s: there are %q", name, got)
		}
	}
}

// A file of one text under the name of another is not played for it.
func TestAFileIsOfItsTextAlone(t *testing.T) {
	path := t.TempDir()
	tone := &ttstest.Tone{}
	spoken(t, folder(t, path, 0, opened), tone, one, two)
	all := names(t, path)
	if len(all) != 2 {
		t.Fatalf("%q", all)
	}
	data, err := os.ReadFile(filepath.Join(path, all[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, all[1]), data, 0o600); err != nil {
		t.Fatal(err)
	}
	f := folder(t, path, 0, opened)
	spoken(t, f, tone, one, two)
	if st := f.Stats(); st.Hits != 1 || st.Spoilt != 1 {
		t.Errorf("%+v", st)
	}
}

func TestAFolderIsBounded(t *testing.T) {
	path := t.TempDir()
	limit := int64(2*2*ttstest.Samples(two) + 1000)
	f := folder(t, path, limit, opened)
	spoken(t, f, &ttstest.Tone{}, two, one, three, two, story)
	if st := f.Stats(); st.Bytes > limit || st.Files == 0 || int64(len(names(t, path))) != st.Files {
		t.Errorf("%+v of %d bytes, %q", st, limit, names(t, path))
	}
}

func TestAFolderThatCannotBeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, keys := range map[string]tts.KeySource{file: opened, t.TempDir(): vault(nil), t.TempDir(): vault("short")} {
		if _, err := tts.OpenFolder(t.Context(), path, 0, keys); err == nil || !strings.Contains(err.Error(), "audio") {
			t.Errorf("%v", err)
		}
	}
}

func TestAnotherEngineMakesWhatIsKeptAnew(t *testing.T) {
	f := folder(t, t.TempDir(), 0, opened)
	a, b := &ttstest.Tone{}, &ttstest.Tone{}
	first := tts.Provider{Name: "a", Client: ttstest.Start(t, a, tts.Config{})}
	p := tts.NewPool(tts.PoolConfig{Folder: f}, first)
	defer p.Close()
	say := func() {
		s, err := p.Speak(t.Context(), redact.Authored(one), tts.Voice{Language: "en", Cacheable: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := readAll(s); err != nil {
			t.Fatal(err)
		}
	}
	say()
	first.Streams = 7
	p.Swap(first)
	if say(); len(a.Spoken()) != 1 {
		t.Errorf("another limit made it say %q", a.Spoken())
	}
	p.Swap(tts.Provider{Name: "b", Client: ttstest.Start(t, b, tts.Config{})})
	if st := f.Stats(); st.Files != 0 || st.Bytes != 0 || p.Stats().CacheBytes != 0 {
		t.Errorf("%+v and %d bytes in memory stay", st, p.Stats().CacheBytes)
	}
	if say(); len(b.Spoken()) != 1 {
		t.Errorf("b said %q", b.Spoken())
	}
}
