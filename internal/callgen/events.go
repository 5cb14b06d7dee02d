package callgen

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/apitoken"
)

// Patience with the server's event stream.
const (
	eventsOpen  = 2 * time.Second
	eventsRetry = 250 * time.Millisecond
)

// follower reads the journal of all calls from a server's event stream, and
// takes it up again where it broke off.
type follower struct {
	client  *http.Client
	url     string
	last    string // id of the last event
	entries chan call.Entry
}

// follow connects to the event stream at api. The entries come until ctx ends;
// then their channel is closed. An error says that there is no event stream.
func follow(ctx context.Context, api string) (<-chan call.Entry, error) {
	f := &follower{
		client:  &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: eventsOpen}},
		url:     strings.TrimSuffix(api, "/") + "/api/v1/events",
		entries: make(chan call.Entry, 256),
	}
	body, err := f.open(ctx)
	if err != nil {
		f.client.CloseIdleConnections()
		return nil, err
	}
	go f.run(ctx, body)
	return f.entries, nil
}

func (f *follower) run(ctx context.Context, body io.ReadCloser) {
	defer close(f.entries)
	defer f.client.CloseIdleConnections()
	for ctx.Err() == nil {
		if body != nil {
			f.read(ctx, body)
			_ = body.Close()
		}
		wait := time.NewTimer(eventsRetry)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
		body, _ = f.open(ctx) // tried again until ctx ends
	}
	if body != nil {
		_ = body.Close()
	}
}

func (f *follower) open(ctx context.Context) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, usageError(fmt.Sprintf("--api %s: not a URL", f.url))
	}
	req.Header.Set("Accept", "text/event-stream")
	apitoken.Authorize(req)
	if f.last != "" {
		req.Header.Set("Last-Event-ID", f.last)
	}
	res, err := f.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no events: %w", err)
	}
	if res.StatusCode == http.StatusUnauthorized {
		_ = res.Body.Close()
		return nil, fmt.Errorf("no events: %s", apitoken.Hint)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("no events: %s answered %s", f.url, res.Status)
	}
	return res.Body, nil
}

// read takes events until the stream breaks off (WHATWG HTML section 9.2.6).
func (f *follower) read(ctx context.Context, body io.Reader) {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	var id string
	var data []string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "data":
			data = append(data, value)
		case "": // a comment, or the empty line that ends an event
			if lines.Text() == "" && !f.dispatch(ctx, id, strings.Join(data, "\n")) {
				return
			}
			if lines.Text() == "" {
				data = nil
			}
		}
	}
}

// dispatch hands on an event. It reports false when nobody wants any more.
func (f *follower) dispatch(ctx context.Context, id, data string) bool {
	if id != "" {
		f.last = id
	}
	var e call.Entry
	if data == "" || json.Unmarshal([]byte(data), &e) != nil || e.Kind == "" {
		return true // not about a call: a greeting, or of a later version
	}
	select {
	case f.entries <- e:
		return true
	case <-ctx.Done():
		return false
	}
}
