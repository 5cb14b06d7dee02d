package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// The names of the events of the board.
const (
	BoardEvent  = "board"  // data: a Board; what the reader had is void
	ChangeEvent = "change" // data: a BoardChange
)

// A BoardChange is what differs from the board before: each thing that is new or other,
// whole, and the keys of what is gone.
type BoardChange struct {
	At      time.Time    `json:"at"`
	Queues  []BoardQueue `json:"queues,omitempty"`
	Agents  []Agent      `json:"agents,omitempty"`
	Calls   []LiveCall   `json:"calls,omitempty"`
	Days    []Day        `json:"days,omitempty"`
	Trouble *bool        `json:"trouble,omitempty"`
	Gone    *Gone        `json:"gone,omitempty"`
}

// Gone names what is no longer there, as TENANT/NAME or TENANT/CALL.
type Gone struct {
	Queues []string `json:"queues,omitempty"`
	Agents []string `json:"agents,omitempty"`
	Calls  []string `json:"calls,omitempty"`
}

type boardEventsQuery struct {
	Tenant string `query:"tenant" doc:"only of this tenant"`
	LastID string `header:"Last-Event-ID" doc:"go on after this id, as browsers do by themselves; if that is no longer possible the stream begins with the whole board"`
}

func (s *Server) boardEvents() {
	schemas := s.api.OpenAPI().Components.Schemas
	whole := schemas.Schema(reflect.TypeFor[Board](), true, "")
	change := schemas.Schema(reflect.TypeFor[BoardChange](), true, "")
	huma.Register(s.api, huma.Operation{
		OperationID: "stream-board", Method: http.MethodGet, Path: "/api/v1/board/events", Tags: []string{"board"},
		Summary: "The board as it changes, as server-sent events",
		Description: "It begins with the event " + BoardEvent + ", whose data is a Board, and goes on with " + ChangeEvent +
			", at most five times a second. A reader that is cut may resume by its last id.",
		Responses: streamOf(schemas, "each event's data is a Board or a BoardChange", whole, change),
		Errors:    []int{http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, s.streamBoard)
}

func (s *Server) streamBoard(ctx context.Context, q *boardEventsQuery) (*huma.StreamResponse, error) {
	leave, err := s.places.take(ctx)
	if err != nil {
		return nil, err
	}
	seen := sightOf(ctx, q.Tenant)
	return streamed(leave, func(ctx context.Context, f feed) { //nolint:contextcheck // it runs later, with the request's own
		s.boards.join(s) //nolint:contextcheck // the watch outlives the reader who began it
		defer s.boards.leave()
		st := &boardStream{Server: s, after: q.LastID, seen: seen, feed: f}
		st.run(ctx)
	}), nil
}

// A boardStream is one reader of the board.
type boardStream struct {
	*Server
	feed

	after string
	seen  sight
}

func (st *boardStream) run(ctx context.Context) {
	st.buf.WriteString(": the board\n\n")
	idle := time.NewTimer(st.cfg.KeepAlive)
	defer idle.Stop()
	for {
		frames, more := st.frames()
		for _, f := range frames {
			st.after = f.id
			st.write(f)
		}
		if st.flush() != nil {
			return
		}
		idle.Reset(st.cfg.KeepAlive)
		select {
		case <-more:
		case <-idle.C:
			st.buf.WriteString(alive)
		case <-ctx.Done():
			return
		case <-st.closing:
			return
		}
	}
}

// frames gives what the reader has not had. To whom sight is narrow, the whole is sent.
func (st *boardStream) frames() ([]frame, <-chan struct{}) {
	if st.seen.narrow() {
		return st.boards.latest(st.after)
	}
	return st.boards.after(st.after)
}

// write puts a frame down as far as it is of the reader's tenants.
func (st *boardStream) write(f frame) {
	name, data := ChangeEvent, any(f.change.of(st.seen))
	if f.whole != nil {
		b := f.whole.clone()
		b.keep(st.seen)
		name, data = BoardEvent, b
	}
	text, err := json.Marshal(data)
	if err == nil {
		fmt.Fprintf(&st.buf, "id: %s\nevent: %s\ndata: %s\n\n", f.id, name, text)
	}
}
