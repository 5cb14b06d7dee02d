package console

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

// CaptionEvent is the event of the stream of captions; its data is a Caption.
const CaptionEvent = "caption"

// A Caption is what the page of a caller shows of the call: what was said, as safe text,
// and where the caller is.
type Caption struct {
	Kind      call.Kind   `json:"kind" doc:"bot.said, caller.partial (replaced by the next of its utterance), caller.said, caller.keyed, queue.position, bridged, call.ended and the like"`
	Utterance string      `json:"utterance,omitempty"`
	Language  string      `json:"language,omitempty"`
	Text      redact.Safe `json:"text,omitzero"`
	Position  int         `json:"position,omitempty" doc:"of queue.position"`
}

// captionOf is what a caller may see of a journal's entry: nothing of how the line
// decides, and of no other call.
func captionOf(e call.Entry) (c Caption, ok bool) {
	switch e.Kind {
	case call.KindAnswered, call.KindBotSaid, call.KindCallerPart, call.KindCallerSaid, call.KindCallerKeyed,
		call.KindQueued, call.KindPosition, call.KindBridged, call.KindEnded:
		return Caption{Kind: e.Kind, Utterance: e.Utterance, Language: e.Language, Text: e.Text, Position: e.Position}, true
	default:
		return Caption{}, false
	}
}

type captionsQuery struct {
	ID     string `path:"id" maxLength:"64"`
	LastID string `header:"Last-Event-ID" pattern:"^[0-9]*$" doc:"go on after this id, as browsers do by themselves"`
}

func (s *Server) captions() {
	schemas := s.api.OpenAPI().Components.Schemas
	caption := schemas.Schema(reflect.TypeFor[Caption](), true, "")
	huma.Register(s.api, huma.Operation{
		OperationID: "stream-captions", Method: http.MethodGet, Path: webCallsPath + "/{id}/captions", Tags: []string{"web calls"},
		Summary:   "What is said in a call from a web page, from its beginning, as server-sent events",
		Responses: streamOf(schemas, "each event is named caption, and its data is a Caption; call.ended is the last", caption),
		Errors:    []int{http.StatusNotFound},
	}, s.streamCaptions)
}

func (s *Server) streamCaptions(_ context.Context, q *captionsQuery) (*huma.StreamResponse, error) {
	id, after, leave, ok := s.cfg.WebCalls.Watch(q.ID)
	if !ok {
		return nil, noWebCall()
	}
	if last, err := strconv.ParseUint(q.LastID, 10, 64); err == nil && last > after {
		after = last
	}
	return streamed(leave, func(ctx context.Context, f feed) { //nolint:contextcheck // it runs later, with the request's own
		st := &stream{
			Server: s, query: &eventsQuery{Call: string(id)}, after: after, feed: f,
			show: func(e call.Entry) (string, any, bool) {
				c, ok := captionOf(e)
				return CaptionEvent, c, ok
			},
		}
		st.run(ctx)
	}), nil
}
