package callgen

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/callward/callward/call"
)

// TellTo gives a func that writes entries, as JSON, to whoever listens at a unix
// socket, and one that ends it. A listener that went away stops nothing.
func TellTo(ctx context.Context, socket string) (tell func(call.Entry), end func() error, err error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, nil, fmt.Errorf("nobody listens to what is told: %w", err)
	}
	return ShowJSON(c), c.Close, nil
}

// told takes what others tell with TellTo, at a socket in a folder of its own.
type told struct {
	dir      string
	socket   string
	listener net.Listener
	show     func(call.Entry)
	group    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// listenTold begins to listen; close ends it. Entries come on goroutines of its
// own, in the order in which one teller told them.
func listenTold(ctx context.Context, show func(call.Entry)) (*told, error) {
	dir, err := os.MkdirTemp("", "callgen-")
	if err != nil {
		return nil, fmt.Errorf("listen to the agent's telephone: %w", err)
	}
	t := &told{dir: dir, socket: filepath.Join(dir, "told.sock"), show: show, conns: map[net.Conn]bool{}}
	var l net.ListenConfig
	if t.listener, err = l.Listen(ctx, "unix", t.socket); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("listen to the agent's telephone: %w", err)
	}
	t.group.Go(t.accept)
	return t, nil
}

func (t *told) accept() {
	for {
		c, err := t.listener.Accept()
		if err != nil {
			return
		}
		t.mu.Lock()
		t.conns[c] = true
		t.mu.Unlock()
		t.group.Go(func() { t.read(c) })
	}
}

func (t *told) read(c net.Conn) {
	for lines := bufio.NewScanner(c); lines.Scan(); {
		var e call.Entry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Kind != "" {
			t.show(e)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, c)
	_ = c.Close()
}

// close waits until the readers have ended.
func (t *told) close() {
	_ = t.listener.Close()
	t.mu.Lock()
	for c := range t.conns {
		_ = c.Close()
	}
	t.mu.Unlock()
	t.group.Wait()
	_ = os.RemoveAll(t.dir)
}
