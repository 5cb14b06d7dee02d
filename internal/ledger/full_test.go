package ledger_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/callward/callward/internal/ledger"
)

// full has a file be on a disk that has no room, until there is room again: what was in it is
// kept.
func full(t *testing.T, path string) (room func()) {
	t.Helper()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no disk here that is always full")
	}
	must := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	must(os.Rename(path, path+".kept"))
	must(os.Symlink("/dev/full", path))
	return func() {
		must(os.Remove(path))
		must(os.Rename(path+".kept", path))
	}
}

// tries commits lines as an output does, to a file that is opened anew after an error.
func tries(t *testing.T, cfg ledger.Config, lines, id string) error {
	t.Helper()
	f := open(t, cfg)
	f.Append([]byte(lines))
	return errors.Join(f.Commit(id), f.Close())
}

// Where the disk is full is said, and nothing is lost, nor there twice, when there is room
// again; whether it was the lines that had none, or how far they go, or another file.
func TestWhatAFullDiskDoesNotTakeIsWrittenOnceWhenThereIsRoom(t *testing.T) {
	for where, c := range map[string]struct {
		mark string
		size int64
	}{"the lines": {}, "how far they go": {mark: ".at.new"}, "another file": {mark: ".at.new", size: 10}} {
		t.Run(where, func(t *testing.T) {
			cfg, _ := config(t)
			cfg.Size = c.size
			commit(t, open(t, cfg), "a23456\n", "1-0")
			room := full(t, cfg.Path+c.mark)
			for range 3 {
				if err := tries(t, cfg, "b23456\nc23456\n", "2-0"); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("nobody is told: %v", err)
				}
			}
			room()
			if err := tries(t, cfg, "b23456\nc23456\n", "2-0"); err != nil {
				t.Fatal(err)
			}
			want, got := "a23456\nb23456\nc23456\n", ""
			before, err := filepath.Glob(filepath.Join(filepath.Dir(cfg.Path), "*Z"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range append(before, cfg.Path) {
				got += text(t, path)
			}
			if got != want || open(t, cfg).Last() != "2-0" {
				t.Errorf("there is %q, want %q", got, want)
			}
		})
	}
}
