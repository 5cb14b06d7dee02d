// Package apitoken is how programs on the server's machine come by the right to
// use its HTTP API: the server leaves a token in a file that only its own user
// can read, and callward's and callgen's commands find it there. Who can read
// that file could read the server's memory as well. The token ends with the
// process; the environment variable CALLWARD_TOKEN takes its place.
package apitoken

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Env names the variable that holds a token to use instead.
const Env = "CALLWARD_TOKEN"

// A File is a token that a running server left for its user's programs.
type File struct {
	Token string
	path  string
}

// Leave makes up a token and leaves it for the programs that ask a server on this
// machine at a port. Close takes it away.
func Leave(port uint16) (*File, error) {
	dir := folder()
	if err := own(dir); err != nil {
		return nil, err
	}
	f := &File{Token: rand.Text() + rand.Text(), path: pathOf(fmt.Sprint(port))}
	// A new file, so that whoever holds an older one open does not read this one.
	tmp, err := os.CreateTemp(dir, "new-") // 0600
	if err != nil {
		return nil, fmt.Errorf("leave a token for the API: %w", err)
	}
	_, err = tmp.WriteString(f.Token + "\n")
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("leave a token for the API: %w", err), os.Remove(tmp.Name()))
	}
	return f, nil
}

// Close takes the file away, unless another server has put its own there since.
func (f *File) Close() error {
	if read(f.path) != f.Token {
		return nil
	}
	return os.Remove(f.path)
}

// own makes a folder that only this user can enter, and refuses one that somebody
// else has made: they would read what is put there.
func own(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("leave a token for the API: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("leave a token for the API: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ok || int(st.Uid) != os.Getuid() {
		return fmt.Errorf("leave a token for the API: %s must be a folder of this user's own, with mode 0700", dir)
	}
	return nil
}

func folder() string {
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" {
		base = os.TempDir()
	}
	return filepath.Join(base, fmt.Sprintf("callward-%d", os.Getuid()))
}

func pathOf(port string) string { return filepath.Join(folder(), "api-"+port+".token") }

// For gives the token for a server's HTTP address, HOST:PORT or a URL: that of the
// environment, or what a server on this machine left. Empty: there is none.
func For(address string) string {
	if token := os.Getenv(Env); token != "" {
		return token
	}
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Host
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !here(host) || strings.Trim(port, "0123456789") != "" || own(folder()) != nil {
		return ""
	}
	return read(pathOf(port))
}

// here reports whether a host is this machine: the token is not told to another.
func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func read(path string) string {
	data, err := os.ReadFile(path) //nolint:gosec // it is in a folder of our own
	if err != nil || len(data) > 256 {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// Authorize has a request show the token for where it goes, if there is one.
func Authorize(r *http.Request) {
	if token := For(r.URL.Host); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
}

// Hint says what to do when a server answers that nobody is signed in.
const Hint = "sign-in is needed: run this as the user whose server it is, or put a token into " + Env + " (callward token add)"
