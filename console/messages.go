package console

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/redact"
)

// Messages are those that callers left for the people of queues. They are in memory alone.
type Messages interface {
	List(tenant string) []call.Message // newest first, without sound
	Get(tenant string, id call.ID) (call.Message, bool)
	Delete(tenant string, id call.ID)
	// Handle notes how far somebody is with a message. Errors: call.ErrNoMessage, call.ErrTaken.
	Handle(tenant string, id call.ID, next call.Handling) (call.Message, error)
	Changed() <-chan struct{} // closed at the next change
}

// A MessageView is what is told of such a message.
type MessageView struct {
	Tenant   string      `json:"tenant"`
	Call     call.ID     `json:"call" doc:"in which it was left; a call leaves one at most"`
	Queue    string      `json:"queue"`
	Caller   string      `json:"caller" doc:"as records of calls that leave the server have it: a pseudonym, unless the tenant shows numbers. To who has taken the message, the number as the trunk says; not proven"`
	Language string      `json:"language"`
	Intent   string      `json:"intent,omitempty"`
	Summary  redact.Safe `json:"summary,omitzero" doc:"of what the caller wants, as agents are told it"`
	Text     redact.Safe `json:"text,omitzero" doc:"what was said, as far as it was understood"`
	Left     time.Time   `json:"left"`
	Length   int64       `json:"length_ms"`
	State    string      `json:"state" enum:"new,taken,done" doc:"taken: somebody sees to it"`
	By       string      `json:"by,omitempty" doc:"who has taken it, or is done with it"`
	Since    time.Time   `json:"since,omitzero" doc:"when they said so"`
	Kept     string      `json:"kept" enum:"memory" doc:"memory: it is gone when the server stops, or when there is no room for a newer one"`
}

type messagesQuery struct {
	Tenant string `query:"tenant" doc:"only of this tenant"`
}

type messagesReply struct{ Body []MessageView }

type soundReply struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *Server) messages() {
	if s.cfg.Messages == nil {
		return
	}
	const path = "/api/v1/messages"
	huma.Register(s.api, huma.Operation{
		OperationID: "list-messages", Method: http.MethodGet, Path: path, Tags: []string{"messages"},
		Summary: "Messages that callers left for the people of queues, newest first",
	}, s.listMessages)
	huma.Register(s.api, huma.Operation{
		OperationID: "play-message", Method: http.MethodGet, Path: path + "/{id}/sound", Tags: []string{"messages"},
		Summary:     "The sound of a message, as WAV",
		Description: "What is withheld from its text is silence. That it was played is in the audit.",
		Errors:      []int{http.StatusNotFound},
	}, s.playMessage)
	huma.Register(s.api, huma.Operation{
		OperationID: "delete-message", Method: http.MethodDelete, Path: path + "/{id}", Tags: []string{"messages"},
		Summary: "Forget a message", Errors: []int{http.StatusNotFound},
	}, s.deleteMessage)
	s.handling(path)
	s.messageEvents(path)
}

func (s *Server) listMessages(ctx context.Context, q *messagesQuery) (*messagesReply, error) {
	return &messagesReply{Body: s.messageViews(ctx, q.Tenant)}, nil
}

// messageViews are those within reach, newest first for each tenant.
func (s *Server) messageViews(ctx context.Context, only string) []MessageView {
	out := []MessageView{}
	for _, tenant := range s.tenants(ctx, only) {
		for _, m := range s.cfg.Messages.List(tenant) {
			if reachOf(ctx).Queue(tenant, m.Queue) {
				out = append(out, s.messageView(ctx, m))
			}
		}
	}
	return out
}

func (s *Server) messageView(ctx context.Context, m call.Message) MessageView {
	return MessageView{
		Tenant: m.Tenant, Call: m.Call, Queue: m.Queue, Caller: s.callerOf(ctx, m), Language: m.Language, Intent: m.Intent,
		Summary: m.Summary, Text: m.Text, Left: m.Left, Length: m.Length.Milliseconds(), Kept: "memory",
		State: string(cmp.Or(m.Handling.State, call.MessageNew)), By: m.Handling.By, Since: m.Handling.At,
	}
}

// messageOf gives a message that is within reach.
func (s *Server) messageOf(ctx context.Context, q *callQuery) (call.Message, error) {
	for _, tenant := range s.tenants(ctx, q.Tenant) {
		if m, ok := s.cfg.Messages.Get(tenant, call.ID(q.ID)); ok && reachOf(ctx).Queue(tenant, m.Queue) {
			return m, nil
		}
	}
	return call.Message{}, huma.Error404NotFound(call.ErrNoMessage.Error())
}

func (s *Server) playMessage(ctx context.Context, q *callQuery) (*soundReply, error) {
	m, err := s.messageOf(ctx, q)
	if err != nil {
		return nil, err
	}
	s.note(ctx, m.Tenant, string(access.PlayMessages), "call "+string(m.Call))
	return &soundReply{ContentType: "audio/wav", CacheControl: "no-store", Body: wavOf(m.Sound)}, nil
}

func (s *Server) deleteMessage(ctx context.Context, q *callQuery) (*struct{}, error) {
	m, err := s.messageOf(ctx, q)
	if err != nil {
		return nil, err
	}
	s.cfg.Messages.Delete(m.Tenant, m.Call)
	s.note(ctx, m.Tenant, string(access.DeleteMessages), "call "+string(m.Call))
	return nil, nil //nolint:nilnil // huma's way to say 204
}
