package app

import (
	"os"
	"path/filepath"
	"testing"
)

// A server that was killed leaves its folder behind; the next one removes it, and
// only it.
func TestSocketDirOfADeadServerIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	open := func() *socketDir {
		t.Helper()
		d, err := openSocketDir()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.path, "speech.sock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return d
	}
	lives, dies := open(), open()
	_ = dies.lock.Close() // as the kernel does
	next := open()
	if _, err := os.Stat(dies.path); !os.IsNotExist(err) {
		t.Errorf("the folder of the dead server is still there: %v", err)
	}
	for _, d := range []*socketDir{lives, next} {
		if _, err := os.Stat(d.path); err != nil {
			t.Error("the folder of a server that lives:", err)
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(d.path); !os.IsNotExist(err) {
			t.Errorf("after close: %v", err)
		}
	}
}
