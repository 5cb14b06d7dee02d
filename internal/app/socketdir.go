package app

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// socketDir is a folder for sockets that only this user can reach. It is locked
// while its server lives, so that the next one can tell and remove the folder of
// one that was killed.
type socketDir struct {
	path string
	lock *os.File // the folder itself
}

const socketDirs = "callward-socket-"

func openSocketDir() (*socketDir, error) {
	removeDeadSocketDirs()
	path, err := os.MkdirTemp("", socketDirs) // 0700
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &socketDir{path, lock}, nil
}

func (d *socketDir) close() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}

// lockDir takes a folder that nobody holds; the kernel gives it up for who dies.
func lockDir(path string) (*os.File, error) {
	f, err := os.Open(path) //nolint:gosec // it is ours
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// removeDeadSocketDirs passes over what is in use, or somebody else's. One without
// a socket may have been made this moment, and be locked the next.
func removeDeadSocketDirs() {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), socketDirs+"*", "*.sock")) // the pattern is well-formed
	for _, socket := range found {
		path := filepath.Dir(socket)
		lock, err := lockDir(path)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(path)
		_ = lock.Close()
	}
}
