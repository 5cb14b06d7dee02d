// Package dialogtest is a dialog service that follows a script: a second real
// implementation of callward.dialog.v1, for tests. It knows intents by words, leads a
// short talk of its own, and fails, stalls or breaks the contract when told to. Each
// stream is served by one goroutine of the gRPC server.
package dialogtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

// A Fault is what the service does wrong.
type Fault int

// The faults.
const (
	None    Fault = iota
	Refuse        // ends each call at once, with UNAVAILABLE and a message that tells too much
	Mute          // takes everything and never answers
	Hasty         // keeps the deadline it is told of by a clock that is a millisecond fast
	Foreign       // classifies as what no line knows
	Huge          // answers with a message of 1 MiB
)

// Server is the service. Its zero value knows no words.
type Server struct {
	dialogv1.UnimplementedDialogServiceServer

	// Words are what an intent is known by: lower case, the first that is found counts.
	Words map[string]string
	// Want, if set, takes the place of Words: it gives the intent, among those that it is
	// asked for, or "".
	Want func(r *dialogv1.ClassifyRequest) string
	// Answer, if set, takes the place of the talk: what it gives is sent after ready.
	Answer func(m *dialogv1.ConverseRequest) []*dialogv1.ConverseResponse
	// Longest is the text that it takes, in bytes; 0: as long as the contract allows.
	Longest int

	mu      sync.Mutex
	fault   Fault
	asked   []*dialogv1.ClassifyRequest
	told    []*dialogv1.ConverseRequest
	streams int
}

// keep bounds what is remembered.
const keep = 1000

// Break sets what the service does wrong from now on.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Asked gives what was to be classified.
func (s *Server) Asked() []*dialogv1.ClassifyRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Told gives the messages of all talks.
func (s *Server) Told() []*dialogv1.ConverseRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

// Open counts the talks that are open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	g := grpc.NewServer(engines.AllowKeepAlive())
	dialogv1.RegisterDialogServiceServer(g, s)
	h := health.NewServer()
	h.SetServingStatus(dialogv1.DialogService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(g, h)
	reflection.Register(g)
	defer context.AfterFunc(ctx, g.Stop)()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve dialog: %w", err)
	}
	return nil
}

// GetCapabilities says what the service can do.
func (s *Server) GetCapabilities(context.Context, *dialogv1.GetCapabilitiesRequest) (*dialogv1.GetCapabilitiesResponse, error) {
	return &dialogv1.GetCapabilitiesResponse{Capabilities: &dialogv1.Capabilities{
		ApiVersion: "v1", Languages: []string{"en", "fr"}, Classify: true, Converse: true, Vendor: "callward", Build: "dialogtest",
		MaxTextBytes: int32(s.Longest),
	}}, nil
}

// trouble does what is wrong, if something is.
func (s *Server) trouble(ctx context.Context) (Fault, error) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	switch fault {
	case Refuse:
		return fault, status.Error(codes.Unavailable, "told to refuse: my card is 4111 1111 1111 1111")
	case Hasty:
		if due, ok := ctx.Deadline(); ok {
			time.Sleep(time.Until(due) - time.Millisecond)
		}
		return fault, status.Error(codes.DeadlineExceeded, "by its own clock")
	case Mute:
		<-ctx.Done()
		return fault, status.FromContextError(ctx.Err()).Err()
	default:
		return fault, nil
	}
}

// Classify knows intents by their words.
func (s *Server) Classify(ctx context.Context, r *dialogv1.ClassifyRequest) (*dialogv1.ClassifyResponse, error) {
	s.mu.Lock()
	if len(s.asked) < keep {
		s.asked = append(s.asked, r)
	}
	s.mu.Unlock()
	fault, err := s.trouble(ctx)
	if err != nil {
		return nil, err
	}
	out := &dialogv1.ClassifyResponse{}
	name := s.intent(r.GetText())
	if s.Want != nil {
		name = s.Want(r)
	}
	switch {
	case fault == Foreign:
		out.Intents = []*dialogv1.Intent{{Name: "order.pizza", Confidence: 1}}
	case fault == Huge:
		out.Intents = []*dialogv1.Intent{{Name: strings.Repeat("x", 1<<20), Confidence: 1}}
	case name != "" && (len(r.GetIntents()) == 0 || slices.Contains(r.GetIntents(), name)):
		out.Intents = []*dialogv1.Intent{{Name: name, Confidence: 0.95}}
	}
	return out, nil
}

func (s *Server) intent(text string) string {
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		if name, ok := s.Words[word]; ok {
			return name
		}
	}
	return ""
}

type stream = dialogv1.DialogService_ConverseServer

// Converse leads a talk: it greets, repeats what it understood, and puts through who
// asks for a human.
func (s *Server) Converse(down stream) error {
	s.count(1)
	defer s.count(-1)
	var queues []string
	for first := true; ; first = false {
		m, err := down.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if (m.GetStart() != nil) != first {
			return status.Error(codes.InvalidArgument, "start comes first, and once")
		}
		if first {
			queues = m.GetStart().GetQueues()
		}
		if err := s.reply(down, m, queues); err != nil {
			return err
		}
	}
}

func (s *Server) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams += n
}

func (s *Server) reply(down stream, m *dialogv1.ConverseRequest, queues []string) error {
	s.mu.Lock()
	if len(s.told) < keep {
		s.told = append(s.told, m)
	}
	s.mu.Unlock()
	fault, err := s.trouble(down.Context())
	if err != nil {
		return err
	}
	var all []*dialogv1.ConverseResponse
	if m.GetStart() != nil {
		all = append(all, Ready())
	}
	switch {
	case fault == Huge:
		all = append(all, Say(1, "huge", strings.Repeat("x", 1<<20), true))
	case s.Answer != nil:
		all = append(all, s.Answer(m)...)
	default:
		all = append(all, s.talk(m, queues)...)
	}
	for _, a := range all {
		if err := down.Send(a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) talk(m *dialogv1.ConverseRequest, queues []string) []*dialogv1.ConverseResponse {
	turn := Turn(m)
	switch {
	case turn == 0:
		return nil
	case m.GetStart() != nil:
		return []*dialogv1.ConverseResponse{Say(turn, "1", "What can I ", false), Say(turn, "1", "do for you?", true), Listen(turn)}
	case m.GetSilence() != nil:
		return []*dialogv1.ConverseResponse{Say(turn, "1", "Are you still there?", true), Listen(turn)}
	case m.GetTransferFailed() != nil:
		return []*dialogv1.ConverseResponse{Say(turn, "1", "Nobody is there. Goodbye.", true), Hangup(turn)}
	}
	name := s.intent(m.GetCaller().GetText())
	if name == "" {
		return []*dialogv1.ConverseResponse{Say(turn, "1", "I did not understand.", true), Listen(turn)}
	}
	if !slices.Contains(queues, name) {
		return []*dialogv1.ConverseResponse{Intent(turn, name), Say(turn, "1", "Nobody is there for that.", true), Listen(turn)}
	}
	return []*dialogv1.ConverseResponse{Intent(turn, name), Say(turn, "1", "One moment.", true), Transfer(turn, name)}
}

// Turn gives the turn that a message begins; 0 if it begins none.
func Turn(m *dialogv1.ConverseRequest) int64 {
	switch r := m.GetRequest().(type) {
	case *dialogv1.ConverseRequest_Start:
		return r.Start.GetTurnId()
	case *dialogv1.ConverseRequest_Caller:
		return r.Caller.GetTurnId()
	case *dialogv1.ConverseRequest_Silence:
		return r.Silence.GetTurnId()
	case *dialogv1.ConverseRequest_TransferFailed:
		return r.TransferFailed.GetTurnId()
	}
	return 0
}

// Ready is the first answer.
func Ready() *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Ready{Ready: &dialogv1.Ready{Model: "script"}}}
}

// Say is a piece of something to say.
func Say(turn int64, id, text string, last bool) *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Say{
		Say: &dialogv1.Say{TurnId: turn, SayId: id, Text: text, Last: last},
	}}
}

// Listen ends a turn for any answer.
func Listen(turn int64) *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Listen{
		Listen: &dialogv1.Listen{TurnId: turn, Expect: asrv1.Expect_EXPECT_FREE},
	}}
}

// Transfer ends a turn with a queue.
func Transfer(turn int64, queue string) *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Transfer{
		Transfer: &dialogv1.Transfer{TurnId: turn, Queue: queue, Summary: "wants " + queue},
	}}
}

// Hangup ends a turn and the call.
func Hangup(turn int64) *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Hangup{
		Hangup: &dialogv1.Hangup{TurnId: turn, Reason: "done"},
	}}
}

// Intent says what was understood.
func Intent(turn int64, name string) *dialogv1.ConverseResponse {
	return &dialogv1.ConverseResponse{Response: &dialogv1.ConverseResponse_Intent{
		Intent: &dialogv1.UnderstoodIntent{TurnId: turn, Intent: &dialogv1.Intent{Name: name, Confidence: 0.95}},
	}}
}
