package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Config says where a file is, and when another begins. A zero field means what its comment
// states.
type Config struct {
	Path   string
	Header []byte         // at the head of each file; none
	Size   int64          // bytes from which on another begins: no limit
	Daily  *time.Location // another begins at midnight there; nil: not
	Keep   int            // files of before that stay: all
	NoSync bool           // the disk may write when it likes: what a power cut takes is lost
	Now    func() time.Time
}

const (
	private = 0o600
	mark    = ".at"
	// stamped is how files of before are named, after their path and a dot; in UTC, so that
	// they sort.
	stamped = "20060102T150405.000Z"
)

// A note is what NAME.at holds.
type note struct {
	ID   string `json:"id"`   // of the last event whose lines are in the file
	Size int64  `json:"size"` // of the file with them
}

// A File is the lines of one output.
type File struct {
	cfg  Config
	f    *os.File
	at   note
	size int64
	day  string
	buf  []byte
}

// Open opens or makes a file, and cuts off what was not noted. The error names the file.
func Open(cfg Config) (*File, error) {
	f := &File{cfg: cfg}
	if cfg.Now == nil {
		f.cfg.Now = time.Now
	}
	if err := f.recall(); err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	if f.size > f.at.Size && f.at.ID != "" {
		if err := f.f.Truncate(f.at.Size); err != nil {
			return nil, errors.Join(fmt.Errorf("cut off what was half written: %w", err), f.f.Close())
		}
		f.size = f.at.Size
	}
	return f, nil
}

// Last is the id of the last event whose lines are in the file; "" if there is none.
func (f *File) Last() string { return f.at.ID }

// Append adds lines, which Commit writes.
func (f *File) Append(lines []byte) { f.buf = append(f.buf, lines...) }

// Commit writes what was appended, and notes that all events up to id are dealt with. After
// an error the file is to be closed and opened again.
func (f *File) Commit(id string) error {
	if len(f.buf) > 0 {
		if err := f.turn(); err != nil {
			return err
		}
		if err := f.write(f.buf); err != nil {
			return err
		}
		f.buf = f.buf[:0]
		if err := f.sync(f.f); err != nil {
			return err
		}
	}
	f.at = note{ID: id, Size: f.size}
	return f.remember()
}

// Close closes the file; what was not committed is not written.
func (f *File) Close() error {
	if err := f.f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close %s: %w", f.cfg.Path, err)
	}
	return nil
}

func (f *File) write(b []byte) error {
	if f.size == 0 && len(f.cfg.Header) > 0 {
		b = append(slices.Clone(f.cfg.Header), b...)
	}
	n, err := f.f.Write(b)
	f.size += int64(n)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.cfg.Path, err)
	}
	return nil
}

// open opens the file and learns its size and the day of its lines.
func (f *File) open() error {
	file, err := os.OpenFile(f.cfg.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, private)
	if err != nil {
		return fmt.Errorf("open for writing: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("look at %s: %w", f.cfg.Path, err), file.Close())
	}
	f.f, f.size, f.day = file, info.Size(), f.today(f.cfg.Now())
	if f.size > 0 {
		f.day = f.today(info.ModTime())
	}
	return nil
}

func (f *File) today(t time.Time) string {
	if f.cfg.Daily == nil {
		return ""
	}
	return t.In(f.cfg.Daily).Format(time.DateOnly)
}

// turn begins another file if it is time to.
func (f *File) turn() error {
	now := f.cfg.Now()
	full := f.cfg.Size > 0 && f.size > 0 && f.size+int64(len(f.buf)) > f.cfg.Size
	if !full && (f.day == f.today(now) || f.size == 0) {
		f.day = f.today(now)
		return nil
	}
	if err := f.Close(); err != nil {
		return err
	}
	old, at := f.free(now), f.at
	if err := os.Rename(f.cfg.Path, old); err != nil {
		return fmt.Errorf("begin another file: %w", err)
	}
	f.at.Size = 0
	if err := f.remember(); err != nil { // what it says of the file that ended must not be taken for the next one's
		f.at = at
		return errors.Join(err, os.Rename(old, f.cfg.Path))
	}
	if err := f.open(); err != nil {
		return err
	}
	return f.forget()
}

// free gives a name for the file that ends which none has.
func (f *File) free(now time.Time) string {
	for {
		name := f.cfg.Path + "." + now.UTC().Format(stamped)
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		now = now.Add(time.Millisecond)
	}
}

// forget removes the oldest files of before, if there are more than are kept.
func (f *File) forget() error {
	if f.cfg.Keep <= 0 {
		return nil
	}
	old, err := filepath.Glob(globbed(f.cfg.Path) + ".[0-9]*T[0-9]*Z")
	if err != nil {
		return fmt.Errorf("look for old files: %w", err)
	}
	slices.Sort(old)
	for len(old) > f.cfg.Keep {
		if err := os.Remove(old[0]); err != nil {
			return fmt.Errorf("remove an old file: %w", err)
		}
		old = old[1:]
	}
	return nil
}

// globbed keeps a path from being taken for a pattern.
func globbed(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// recall reads what was noted. A note that cannot be read is none: the lines that follow it
// may be there twice then, which is better than that they are not.
func (f *File) recall() error {
	data, err := os.ReadFile(f.cfg.Path + mark)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("read how far the file goes: %w", err)
	}
	if json.Unmarshal(data, &f.at) != nil {
		f.at = note{}
	}
	return nil
}

// remember notes how far the file goes, in one step.
func (f *File) remember() error {
	data, err := json.Marshal(f.at)
	if err != nil {
		return fmt.Errorf("note how far the file goes: %w", err)
	}
	next := f.cfg.Path + mark + ".new"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, private) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("note how far the file goes: %w", err)
	}
	_, err = file.Write(data)
	if err == nil {
		err = f.sync(file)
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(next, f.cfg.Path+mark)
	}
	if err != nil {
		return fmt.Errorf("note how far the file goes: %w", err)
	}
	return nil
}

func (f *File) sync(file *os.File) error {
	if f.cfg.NoSync {
		return nil
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", f.cfg.Path, err)
	}
	return nil
}
