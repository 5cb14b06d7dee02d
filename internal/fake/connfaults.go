package fake

import (
	"net"
	"sync"
	"time"
)

// A conn is a connection that a fault may cut.
type conn struct {
	net.Conn

	from *cutting
}

// Close lets go of the connection.
func (c *conn) Close() error {
	c.from.forget(c)
	return c.Conn.Close()
}

// listener gives a listener on whose connections the plant's fault is done: to each
// when its time has come, or, if the plant is calm, to all that there are at strike.
func (p *plant) listener(f Fault, l net.Listener) net.Listener {
	if p.cut == nil {
		return l
	}
	cut := p.cut
	p.cut = nil
	c := &cutting{Listener: l, calm: p.calm, open: map[*conn]struct{}{}, do: func(c *conn) { cut(f, c) }}
	p.strikes = append(p.strikes, c.strike)
	return c
}

type cutting struct {
	net.Listener

	do   func(*conn)
	calm bool

	mu   sync.Mutex
	open map[*conn]struct{}
}

// Accept cuts what it accepts when its time has come.
func (l *cutting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	own := &conn{c, l}
	l.mu.Lock()
	l.open[own] = struct{}{}
	l.mu.Unlock()
	if !l.calm {
		l.do(own)
	}
	return own, nil
}

// strike cuts what is there.
func (l *cutting) strike() {
	l.mu.Lock()
	open := make([]*conn, 0, len(l.open))
	for c := range l.open {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		l.do(c)
	}
}

func (l *cutting) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// reset ends a connection as a crash of its machine does: with RST, not FIN.
func reset(f Fault, c *conn) {
	time.AfterFunc(f.After, func() {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // then Close resets
		}
		_ = c.Close()
	})
}

// babble writes into a connection what no HTTP/2 is.
func babble(f Fault, c *conn) {
	time.AfterFunc(f.After, func() { _, _ = c.Write([]byte("\x00\xff\x13 what is this? \x7f\x00\xff\xff\xff\xff\xff\xff")) })
}
