package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
)

// deadline is that of the stream which must end by it.
const deadline = time.Second

// outlives opens a stream with a deadline that only the engine is told of, as a
// client in trouble would, and sees that the engine ends it. A gRPC client
// would end it itself and hide what the engine does: hence plain HTTP/2.
func (p *probe) outlives(ctx context.Context, method string, first []byte) error {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	transport := p.transport()
	defer transport.CloseIdleConnections()
	body, up := io.Pipe()
	defer func() { _ = up.Close() }() // our half stays open until then
	defer context.AfterFunc(ctx, func() { _ = up.CloseWithError(ctx.Err()) })()
	go func() { _, _ = up.Write(frame(first)) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url()+method, body)
	if err != nil {
		return fmt.Errorf("build a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	req.Header.Set("Grpc-Timeout", strconv.FormatInt(deadline.Milliseconds(), 10)+"m")
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	began := time.Now()
	err = drain(transport, req)
	took := time.Since(began)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("a stream with a deadline of %v is open after %v", deadline, took.Round(time.Millisecond))
	case err != nil:
		return err
	case took < deadline-50*time.Millisecond:
		return fmt.Errorf("a stream with a deadline of %v ended after %v", deadline, took.Round(time.Millisecond))
	}
	p.measure("deadline", took)
	return nil
}

// drain reads a response to its end. A stream that is reset has ended too.
func drain(t http.RoundTripper, req *http.Request) error {
	resp, err := t.RoundTrip(req)
	if err != nil {
		return ignoreReset(req, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return ignoreReset(req, err)
	}
	status := resp.Trailer.Get("Grpc-Status")
	if status == "" {
		status = resp.Header.Get("Grpc-Status")
	}
	if want := strconv.Itoa(int(codes.DeadlineExceeded)); status != want {
		return fmt.Errorf("the stream ended with grpc-status %q, not %s", status, want)
	}
	return nil
}

func ignoreReset(req *http.Request, err error) error {
	var op *net.OpError
	if req.Context().Err() == nil && errors.As(err, &op) {
		return fmt.Errorf("the connection failed: %w", err)
	}
	return nil
}

// frame puts a message as gRPC does: not compressed, its length, itself.
func frame(message []byte) []byte {
	var b bytes.Buffer
	b.WriteByte(0)
	_ = binary.Write(&b, binary.BigEndian, uint32(len(message))) // a Buffer takes all
	b.Write(message)
	return b.Bytes()
}

func (p *probe) transport() *http.Transport {
	t := &http.Transport{Protocols: new(http.Protocols)}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return p.network(ctx, p.Address) }
	if p.TLS == nil {
		t.Protocols.SetUnencryptedHTTP2(true)
		t.DialContext = dial
		return t
	}
	t.Protocols.SetHTTP2(true)
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(c, p.http2())
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("TLS: %w", err), c.Close())
		}
		return secure, nil
	}
	return t
}

func (p *probe) url() string {
	if p.TLS == nil {
		return "http://" + p.authority()
	}
	return "https://" + p.authority()
}
