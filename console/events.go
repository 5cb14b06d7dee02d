package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
)

// MissedEvent is the name of the event that says that entries were missed.
const MissedEvent = "stream.missed"

// Missed says that the stream could not go on where the reader left off.
type Missed struct {
	After  uint64 `json:"after" doc:"the id the reader had"`
	Next   uint64 `json:"next" doc:"the id of the event that follows"`
	Reason string `json:"reason"`
}

type eventsQuery struct {
	Call   string `query:"call" doc:"only events of this call"`
	Tenant string `query:"tenant" doc:"only events of this tenant"`
	After  string `query:"after" pattern:"^[0-9]*$" doc:"go on after this id; 0 gives everything still in memory. Without it and without Last-Event-ID only what happens from now on"`
	LastID string `header:"Last-Event-ID" doc:"go on after this id, as browsers do by themselves"`
}

func (s *Server) events() {
	schemas := s.api.OpenAPI().Components.Schemas
	entry := schemas.Schema(reflect.TypeFor[call.Entry](), true, "")
	missed := schemas.Schema(reflect.TypeFor[Missed](), true, "")
	huma.Register(s.api, huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: "/api/v1/events", Tags: []string{"calls"},
		Summary: "The journals of all calls as they are written, as server-sent events",
		Description: "id is the entry's seq, event its kind, data the entry. " + MissedEvent +
			" comes in between where entries had left memory before they could be sent. " +
			"The event " + AliveEvent + ", without an id, comes where nothing else has for 15 s. A reader that does not keep up is cut and may resume.",
		Responses: streamOf(schemas, "each event's data is an Entry, or a Missed", entry, missed),
		Errors:    []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, s.streamEvents)
}

func (s *Server) streamEvents(ctx context.Context, q *eventsQuery) (*huma.StreamResponse, error) {
	after, err := s.startOf(q)
	if err != nil {
		return nil, err
	}
	leave, err := s.places.take(ctx)
	if err != nil {
		return nil, err
	}
	reach, read := reachOf(ctx), s.reader(ctx, q.Call)
	return streamed(leave, func(ctx context.Context, f feed) { //nolint:contextcheck // it runs later, with the request's own
		st := &stream{Server: s, query: q, reach: reach, theirs: map[call.ID]bool{}, after: after, read: read, feed: f}
		st.run(ctx)
	}), nil
}

// startOf is the id after which the stream begins.
func (s *Server) startOf(q *eventsQuery) (uint64, error) {
	text := q.LastID
	if text == "" {
		text = q.After
	}
	if text == "" {
		return s.cfg.Journal.Last(), nil
	}
	after, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, huma.Error422UnprocessableEntity("an event id is a whole number")
	}
	if after == 0 {
		after = s.cfg.Journal.Begin()
	}
	return after, nil
}

// A feed is the writing end of server-sent events.
type feed struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	buf  bytes.Buffer
	sent time.Time // when the reader was last handed anything
}

// flush hands the reader what is written so far, and gives up on one that does
// not take it.
func (e *feed) flush() error {
	if e.buf.Len() == 0 {
		return nil
	}
	if err := e.rc.SetWriteDeadline(time.Now().Add(slowReader)); err != nil {
		return err
	}
	_, err := e.w.Write(e.buf.Bytes())
	e.buf.Reset()
	e.sent = time.Now()
	if err != nil {
		return err
	}
	return e.rc.Flush()
}

// A stream is one reader of the events. The journal keeps the events for it; it
// keeps only its place.
type stream struct {
	*Server
	feed

	query  *eventsQuery
	reach  access.Reach
	theirs map[call.ID]bool // calls that came into a queue within reach; of use to who is held to queues
	after  uint64
	read   func(call.Entry)                                  // is told of each entry that is shown; nil: nobody is
	show   func(call.Entry) (name string, data any, ok bool) // of one call, to whoever knows its name; nil: entries within reach, as they are
}

const (
	slowReader = 5 * time.Second // longest wait for a reader to take a chunk
	chunkBytes = 32 << 10
)

func (st *stream) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go st.cancelAtClose(ctx, cancel)
	st.buf.WriteString(": callward events\n\n")
	err := st.restarted()
	for err == nil {
		err = st.next(ctx)
	}
}

func (st *stream) cancelAtClose(ctx context.Context, cancel context.CancelFunc) {
	select {
	case <-st.closing:
		cancel()
	case <-ctx.Done():
	}
}

// restarted tells a reader whose id is of an earlier process.
func (st *stream) restarted() error {
	if j := st.cfg.Journal; st.after > j.Last() || st.after < j.Begin() {
		st.missed(j.Begin()+1, "the server has been restarted")
		st.after = j.Begin()
	}
	return st.flush()
}

// next writes what came since, or AliveEvent if nothing did for a while that is this reader's.
func (st *stream) next(ctx context.Context) error {
	wait, cancel := context.WithDeadline(ctx, st.sent.Add(st.cfg.KeepAlive))
	defer cancel()
	entries, err := st.cfg.Journal.Next(wait, st.after)
	if err != nil {
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		st.buf.WriteString(alive)
		return st.flush()
	}
	if first := entries[0].Seq; first > st.after+1 {
		st.missed(first, "the entries between had left memory")
	}
	for _, e := range entries {
		if err := st.write(e); err != nil {
			return err
		}
	}
	if st.buf.Len() == 0 && time.Since(st.sent) >= st.cfg.KeepAlive {
		st.buf.WriteString(alive)
	}
	return st.flush()
}

func (st *stream) write(e call.Entry) error {
	st.after = e.Seq
	if !st.wants(e) {
		return nil
	}
	if st.read != nil {
		st.read(e)
	}
	name, shown := string(e.Kind), any(e)
	if st.show != nil {
		var ok bool
		if name, shown, ok = st.show(e); !ok {
			return nil
		}
	}
	data, err := json.Marshal(shown)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	fmt.Fprintf(&st.buf, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, name, data)
	if st.buf.Len() > chunkBytes {
		return st.flush()
	}
	return nil
}

func (st *stream) wants(e call.Entry) bool {
	return (st.query.Call == "" || string(e.Call) == st.query.Call) &&
		(st.query.Tenant == "" || e.Tenant == st.query.Tenant) && (st.show != nil || st.sees(e))
}

// sees reports whether an entry is within reach. Who is held to queues sees a call from
// when it comes into one of them until it goes into another.
func (st *stream) sees(e call.Entry) bool {
	if st.reach.Whole(e.Tenant) || !st.reach.Tenant(e.Tenant) {
		return st.reach.Whole(e.Tenant)
	}
	if e.Queue != "" {
		st.theirs[e.Call] = st.reach.Queue(e.Tenant, e.Queue)
	}
	seen := st.theirs[e.Call]
	if e.Kind == call.KindEnded {
		delete(st.theirs, e.Call)
	}
	return seen
}

func (st *stream) missed(next uint64, reason string) {
	data, err := json.Marshal(Missed{After: st.after, Next: next, Reason: reason})
	if err == nil {
		fmt.Fprintf(&st.buf, "event: %s\ndata: %s\n\n", MissedEvent, data)
	}
}
