package tts

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A KeySource gives the key of what is kept on disk.
type KeySource interface {
	// Key gives 32 bytes, each time the same ones.
	Key(ctx context.Context) ([]byte, error)
}

// passing is a key of this process alone.
type passing struct{}

func (passing) Key(context.Context) ([]byte, error) {
	key := make([]byte, sha256.Size)
	_, err := rand.Read(key)
	return key, err //nolint:wrapcheck // it never fails
}

// A Folder keeps the audio of the operator's own texts on disk, encrypted by
// AES-256-GCM. Names of files tell nothing: they are HMACs. It is safe for concurrent
// use; one process at a time may have it.
type Folder struct {
	root  *os.Root
	seal  cipher.AEAD
	names []byte // key of the HMAC
	limit int64

	mu    sync.Mutex
	files map[string]*file
	stats FolderStats
}

type file struct {
	size int64
	used time.Time
}

// FolderStats counts what a folder holds and has met.
type FolderStats struct {
	Files, Bytes int64 // now
	Hits         int64 // texts that were found
	Spoilt       int64 // files of ours that could not be read, and were removed
	Foreign      int64 // files that are not ours, and were left alone
	Failed       int64 // texts that could not be written
}

const (
	fileSuffix  = ".speech"
	freshPrefix = ".new-"
	fileMagic   = "callward.tts.1\n"
	longestFile = 2*maxSpeech + 1024
)

// OpenFolder takes a folder, which is made if need be, for at most limit bytes; 0 means
// 256 MiB. Without keys the key is of this process alone: what was there before is of no
// use, and is removed. Files of other kinds in it are counted and left alone.
func OpenFolder(ctx context.Context, path string, limit int64, keys KeySource) (*Folder, error) {
	alone := keys == nil
	if alone {
		keys = passing{}
	}
	key, err := keys.Key(ctx)
	if err != nil {
		return nil, fmt.Errorf("key of the folder for audio: %w", err)
	}
	if len(key) != sha256.Size {
		return nil, fmt.Errorf("key of the folder for audio: %d bytes, not %d", len(key), sha256.Size)
	}
	f := &Folder{limit: cmp.Or(limit, 256<<20), files: map[string]*file{}}
	if err := f.derive(key); err != nil {
		return nil, fmt.Errorf("key of the folder for audio: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("folder for audio: %w", err)
	}
	if f.root, err = os.OpenRoot(path); err != nil {
		return nil, fmt.Errorf("folder for audio: %w", err)
	}
	if err := f.look(alone); err != nil {
		return nil, errors.Join(fmt.Errorf("folder for audio: %w", err), f.root.Close())
	}
	return f, nil
}

// derive makes a key for each purpose (RFC 5869).
func (f *Folder) derive(key []byte) error {
	seal, err := hkdf.Key(sha256.New, key, nil, "callward tts audio", 32)
	if err != nil {
		return err //nolint:wrapcheck // OpenFolder says where
	}
	if f.names, err = hkdf.Key(sha256.New, key, nil, "callward tts names", 32); err != nil {
		return err //nolint:wrapcheck // the same
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return err //nolint:wrapcheck // the same
	}
	f.seal, err = cipher.NewGCMWithRandomNonce(block)
	return err //nolint:wrapcheck // the same
}

// look learns what is there.
func (f *Folder) look(useless bool) error {
	all, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err //nolint:wrapcheck // OpenFolder says where
	}
	for _, e := range all {
		info, err := e.Info()
		switch {
		case err != nil:
		case strings.HasPrefix(e.Name(), freshPrefix), isOurs(e.Name()) && useless:
			_ = f.root.Remove(e.Name())
		case isOurs(e.Name()) && info.Mode().IsRegular():
			f.files[e.Name()] = &file{size: info.Size(), used: info.ModTime()}
			f.stats.Bytes += info.Size()
		default:
			f.stats.Foreign++
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trim()
	return nil
}

func isOurs(name string) bool {
	digits, ok := strings.CutSuffix(name, fileSuffix)
	raw, err := hex.DecodeString(digits)
	return ok && err == nil && len(raw) == sha256.Size
}

// name is what the audio of a text is kept under.
func (f *Folder) name(k key) string {
	mac := hmac.New(sha256.New, f.names)
	for _, part := range []string{k.language, k.name, k.class, strconv.FormatFloat(k.rate, 'g', -1, 64), strconv.FormatBool(k.ssml), k.text, strconv.Itoa(sampleRateHz)} {
		_, _ = fmt.Fprintf(mac, "%d:%s,", len(part), part) // a hash takes all
	}
	return hex.EncodeToString(mac.Sum(nil)) + fileSuffix
}

// get gives what is kept under k.
func (f *Folder) get(k key) ([]int16, bool) {
	name := f.name(k)
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.files[name]
	if known == nil {
		return nil, false
	}
	pcm, err := f.read(name)
	if err != nil {
		f.stats.Spoilt++
		f.drop(name)
		return nil, false
	}
	known.used = time.Now()
	_ = f.root.Chtimes(name, known.used, known.used) // the order of use survives a restart if it can
	f.stats.Hits++
	return pcm, true
}

func (f *Folder) read(name string) ([]int16, error) {
	in, err := f.root.Open(name)
	if err != nil {
		return nil, err //nolint:wrapcheck // nobody sees it
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(io.LimitReader(in, longestFile+1))
	if err != nil {
		return nil, err //nolint:wrapcheck // the same
	}
	sealed, ok := strings.CutPrefix(string(data), fileMagic)
	if !ok || len(data) > longestFile {
		return nil, errSpoilt
	}
	plain, err := f.seal.Open(nil, nil, []byte(sealed), []byte(fileMagic+name))
	if err != nil || len(plain)%2 != 0 {
		return nil, errSpoilt
	}
	pcm := make([]int16, len(plain)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(plain[2*i:]))
	}
	return pcm, nil
}

var errSpoilt = errors.New("not a file of ours")

// put keeps pcm under k.
func (f *Folder) put(k key, pcm []int16) {
	name := f.name(k)
	plain := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		plain = binary.LittleEndian.AppendUint16(plain, uint16(v))
	}
	data := append([]byte(fileMagic), f.seal.Seal(nil, nil, plain, []byte(fileMagic+name))...) //nolint:gosec // the cipher makes the nonce
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.files[name] != nil || int64(len(data)) > f.limit {
		return
	}
	if err := f.write(name, data); err != nil {
		f.stats.Failed++
		return
	}
	f.files[name] = &file{size: int64(len(data)), used: time.Now()}
	f.stats.Bytes += int64(len(data))
	f.trim()
}

// write makes a file at once: nobody sees a half of one.
func (f *Folder) write(name string, data []byte) error {
	fresh := freshPrefix + name
	if err := f.root.WriteFile(fresh, data, 0o600); err != nil {
		return errors.Join(err, f.root.Remove(fresh))
	}
	return f.root.Rename(fresh, name) //nolint:wrapcheck // it is counted
}

// trim removes what was not used for longest until the rest is within the limit.
func (f *Folder) trim() {
	if f.stats.Bytes <= f.limit {
		return
	}
	var all []string
	for name := range f.files {
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int { return f.files[a].used.Compare(f.files[b].used) })
	for _, name := range all {
		if f.stats.Bytes <= f.limit {
			return
		}
		f.drop(name)
	}
}

func (f *Folder) drop(name string) {
	f.stats.Bytes -= f.files[name].size
	delete(f.files, name)
	_ = f.root.Remove(name)
}

// Clear removes what is kept.
func (f *Folder) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name := range f.files {
		f.drop(name)
	}
}

// Stats gives the counters as they stand.
func (f *Folder) Stats() FolderStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.stats
	out.Files = int64(len(f.files))
	return out
}

// Close leaves the folder as it is.
func (f *Folder) Close() error { return f.root.Close() }
