package fake

import (
	"net"
	"time"
)

// A conn is a connection that a fault may cut.
type conn struct{ net.Conn }

// listener gives a listener on whose connections the plant's fault is done.
func (p *plant) listener(f Fault, l net.Listener) net.Listener {
	if p.cut == nil {
		return l
	}
	cut := p.cut
	p.cut = nil
	return &cutting{Listener: l, do: func(c *conn) { cut(f, c) }}
}

type cutting struct {
	net.Listener

	do func(*conn)
}

// Accept cuts what it accepts when its time has come.
func (l *cutting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	own := &conn{c}
	l.do(own)
	return own, nil
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
