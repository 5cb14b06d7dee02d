package callgen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/callward/callward/asr/asrtest"
)

// FakeASROptions says what the recognizer makes of what it hears.
type FakeASROptions struct {
	Listen    string // unix:PATH or HOST:PORT
	Script    string // file of finals, one a line; empty: count audio and understand nothing
	OneScript bool   // all calls share one way through the script
}

// FakeASR serves a scripted recognizer until ctx ends. It says in ready where.
func FakeASR(ctx context.Context, o FakeASROptions, ready func(address string)) error {
	server := &asrtest.Server{Discard: o.Script == "", OneScript: o.OneScript}
	if o.Script != "" {
		turns, err := readScript(o.Script)
		if err != nil {
			return err
		}
		server.Script = turns
	}
	l, err := listen(ctx, o.Listen)
	if err != nil {
		return err
	}
	ready(o.Listen)
	return server.Serve(ctx, l)
}

func readScript(path string) ([]asrtest.Turn, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, usageError(err.Error())
	}
	defer f.Close()
	return asrtest.ReadScript(f)
}

// listen opens unix:PATH or HOST:PORT. A socket that nobody listens on any more
// is replaced.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		return l, nil
	}
	var d net.Dialer
	if c, err := d.DialContext(ctx, "unix", path); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("listen on %s: another program listens there", address)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}
