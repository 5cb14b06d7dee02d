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

// MessagesEvent is the event of the stream of messages; its data is a MessageList.
const MessagesEvent = "messages"

// A MessageList is all messages that its reader may see.
type MessageList struct {
	Messages []MessageView `json:"messages" doc:"newest first for each tenant"`
}

func (s *Server) messageEvents(path string) {
	schemas := s.api.OpenAPI().Components.Schemas
	list := schemas.Schema(reflect.TypeFor[MessageList](), true, "")
	huma.Register(s.api, huma.Operation{
		OperationID: "stream-messages", Method: http.MethodGet, Path: path + "/events", Tags: []string{"messages"},
		Summary: "Messages that callers left, as they come, are handled and go, as server-sent events",
		Description: "It begins with the event " + MessagesEvent + ", whose data is all of them, and sends it again whenever one of them changes, " +
			"so that there is nothing to resume.",
		Responses: streamOf(schemas, "each event's data is a MessageList", list),
		Errors:    []int{http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, s.streamMessages)
}

func (s *Server) streamMessages(ctx context.Context, q *messagesQuery) (*huma.StreamResponse, error) {
	leave, err := s.places.take(ctx)
	if err != nil {
		return nil, err
	}
	list := func() MessageList { return MessageList{s.messageViews(ctx, q.Tenant)} }
	return streamed(leave, func(ctx context.Context, f feed) { //nolint:contextcheck // it runs later, with the request's own
		st := &messageStream{Server: s, list: list, feed: f}
		st.run(ctx)
	}), nil
}

// A messageStream is one reader of the messages.
type messageStream struct {
	*Server
	feed

	list func() MessageList
}

func (st *messageStream) run(ctx context.Context) {
	for {
		changed := st.cfg.Messages.Changed() // before the list, so that no change is missed
		data, err := json.Marshal(st.list())
		if err != nil {
			return
		}
		fmt.Fprintf(&st.buf, "event: %s\ndata: %s\n\n", MessagesEvent, data)
		if !st.until(ctx, changed) {
			return
		}
	}
}

// until sends what is written and keeps the stream open until something changes; false: it
// is over.
func (st *messageStream) until(ctx context.Context, changed <-chan struct{}) bool {
	idle := time.NewTicker(st.cfg.KeepAlive)
	defer idle.Stop()
	for {
		if st.flush() != nil {
			return false
		}
		select {
		case <-changed:
			return true
		case <-idle.C:
			st.buf.WriteString(alive)
		case <-ctx.Done():
			return false
		case <-st.closing:
			return false
		}
	}
}
