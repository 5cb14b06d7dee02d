package fake

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

type reply = dialogv1.ConverseResponse

// dialogFaults are those of a service that understands callers.
func dialogFaults() []Kind {
	all := []Kind{
		{Name: "unhealthy", Means: "health says NOT_SERVING", Breaks: "dialog.health.check", server: func(p *plant, _ Fault) { p.unhealthy = true }},
		{Name: "no-watch", Means: "health has no Watch", Breaks: "dialog.health.watch", server: func(p *plant, _ Fault) { p.noWatch = true }},
		{Name: "no-reflection", Means: "there is no reflection", Breaks: "dialog.reflection", server: func(p *plant, _ Fault) { p.noReflection = true }},
		{Name: "wrong-version", Means: "claims another version of the contract", Breaks: "dialog.capabilities", server: unary(wrongVersion)},
		{Name: "claims-nothing", Means: "claims neither classify nor converse", Breaks: "dialog.capabilities", server: unary(claimsNothing)},
		{Name: "foreign-intent", Means: "classifies as what was not asked for", Breaks: "dialog.classify.intents", server: unary(intents("order.pizza", 0.9))},
		{Name: "twice", Means: "gives an intent twice", Breaks: "dialog.classify.intents", server: unary(intents("billing", 0.9, 0.8))},
		{Name: "sure", Means: "is surer than sure", Breaks: "dialog.classify.intents", server: unary(intents("billing", 2))},
		{Name: "no-words", Means: "refuses texts that say nothing", Breaks: "dialog.classify.nothing", server: refuseShort},
		{Name: "slow-classify", Means: "classifies 3 s late, or for=TIME", Breaks: "dialog.classify.latency", server: slowClassify},
		{Name: slowName, Means: "answers everything 3 s late, or for=TIME", Breaks: "dialog.turn.latency"},
		{Name: "stall", Means: "takes messages and never answers", Breaks: "dialog.parallel", stream: replies(func(*reply) []*reply { return nil })},
		{Name: "refuse", Means: "ends each stream at once, with code=CODE", Breaks: "dialog.parallel", stream: refuse},
		{Name: "never-ready", Means: "never says ready", Breaks: "dialog.ready.first", stream: replies(neverReadyDialog)},
		{Name: "start-later", Means: "takes other messages before the start", Breaks: "dialog.start.first", stream: dropsUnstarted},
		{Name: "second-start", Means: "takes a second start", Breaks: "dialog.start.once", stream: dropsStarts},
		{Name: "strict", Means: "refuses fields that it does not know", Breaks: "dialog.unknown_fields", stream: strictStart},
		{Name: "wrong-turn", Means: "answers the turn before", Breaks: "dialog.turn.id", stream: replies(earlier(1))},
		{Name: "no-turn", Means: "does not say which turn it answers", Breaks: "dialog.turn.id", stream: replies(earlier(1000))},
		{Name: "two-ends", Means: "ends each turn twice", Breaks: "dialog.turn.end", stream: replies(twoEnds)},
		{Name: "no-turn-end", Means: "does not end a turn", Breaks: "dialog.turn.end", stream: replies(noTurnEnd)},
		{Name: "deaf-to-silence", Means: "does not answer to silence", Breaks: "dialog.turn.silence", stream: deafToSilence},
		{Name: "late-answer", Means: "goes on with an old answer amid the new one", Breaks: "dialog.turn.interrupted", stream: replies(lateAnswer)},
		{Name: "no-last", Means: "never ends a say", Breaks: "dialog.say.pieces", stream: replies(utters(func(s *dialogv1.Say) { s.Last = false }))},
		{Name: "no-say-id", Means: "says without a say_id", Breaks: "dialog.say.pieces", stream: replies(utters(func(s *dialogv1.Say) { s.SayId = "" }))},
		{Name: "talkative", Means: "says more than the contract allows", Breaks: "dialog.say.pieces", stream: replies(utters(func(s *dialogv1.Say) { s.Text = strings.Repeat("bla ", 1200) }))},
		{Name: "foreign-queue", Means: "transfers to a queue that is not there", Breaks: "dialog.transfer.queue", stream: replies(foreignQueue)},
		{Name: "no-end", Means: "does not answer the half-close", Breaks: "dialog.half_close", stream: noEnd},
	}
	for i := range all {
		all[i].Service = Dialog
	}
	return all
}

// unary changes answers that are no streams.
func unary(change func(proto.Message)) func(*plant, Fault) {
	return func(p *plant, _ Fault) {
		p.options = append(p.options, grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			resp, err := next(ctx, req)
			if m, ok := resp.(proto.Message); ok && err == nil {
				change(m)
			}
			return resp, err
		}))
	}
}

func wrongVersion(m proto.Message) {
	if r, ok := m.(*dialogv1.GetCapabilitiesResponse); ok {
		r.GetCapabilities().ApiVersion = "v9"
	}
}

func claimsNothing(m proto.Message) {
	if r, ok := m.(*dialogv1.GetCapabilitiesResponse); ok {
		r.GetCapabilities().Classify, r.GetCapabilities().Converse = false, false
	}
}

func intents(name string, confidences ...float32) func(proto.Message) {
	return func(m proto.Message) {
		if r, ok := m.(*dialogv1.ClassifyResponse); ok {
			r.Intents = nil
			for _, c := range confidences {
				r.Intents = append(r.Intents, &dialogv1.Intent{Name: name, Confidence: c})
			}
		}
	}
}

// before does something ahead of each Classify.
func before(p *plant, do func(context.Context, *dialogv1.ClassifyRequest) error) {
	p.options = append(p.options, grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if r, ok := req.(*dialogv1.ClassifyRequest); ok {
			if err := do(ctx, r); err != nil {
				return nil, err
			}
		}
		return next(ctx, req)
	}))
}

func refuseShort(p *plant, _ Fault) {
	before(p, func(_ context.Context, r *dialogv1.ClassifyRequest) error {
		if len(r.GetText()) < 3 {
			return status.Error(codes.InvalidArgument, "there is no text")
		}
		return nil
	})
}

func slowClassify(p *plant, f Fault) {
	before(p, func(ctx context.Context, _ *dialogv1.ClassifyRequest) error { return sleep(ctx, f.lasts(slowBy)) })
}

// replies puts others in the place of each answer.
func replies(change func(*reply) []*reply) func(Fault) func(*wire) hooks {
	return func(Fault) func(*wire) hooks {
		return func(*wire) hooks {
			return hooks{send: func(m proto.Message) ([]proto.Message, error) {
				a, ok := m.(*reply)
				if !ok {
					return []proto.Message{m}, nil
				}
				var out []proto.Message
				for _, b := range change(a) {
					out = append(out, b)
				}
				return out, nil
			}}
		}
	}
}

func neverReadyDialog(a *reply) []*reply {
	if a.GetReady() != nil {
		return nil
	}
	return []*reply{a}
}

// earlier lowers the turn of each answer, to 0 at the least. The first turn keeps its
// number if there is one before it to name.
func earlier(by int64) func(*reply) []*reply {
	return func(a *reply) []*reply {
		lower := func(t *int64) { *t = max(*t-by, 0) }
		switch r := a.GetResponse().(type) {
		case *dialogv1.ConverseResponse_Say:
			lower(&r.Say.TurnId)
		case *dialogv1.ConverseResponse_Listen:
			lower(&r.Listen.TurnId)
		case *dialogv1.ConverseResponse_Transfer:
			lower(&r.Transfer.TurnId)
		case *dialogv1.ConverseResponse_Hangup:
			lower(&r.Hangup.TurnId)
		case *dialogv1.ConverseResponse_Intent:
			lower(&r.Intent.TurnId)
		}
		return []*reply{a}
	}
}

func isEnd(a *reply) bool {
	return a.GetListen() != nil || a.GetTransfer() != nil || a.GetHangup() != nil
}

func twoEnds(a *reply) []*reply {
	if isEnd(a) {
		return []*reply{a, a}
	}
	return []*reply{a}
}

func noTurnEnd(a *reply) []*reply {
	if isEnd(a) {
		return nil
	}
	return []*reply{a}
}

// lateAnswer has something of the turn before follow the beginning of each.
func lateAnswer(a *reply) []*reply {
	if s := a.GetSay(); s != nil && s.GetTurnId() > 1 {
		old := &dialogv1.Say{TurnId: s.GetTurnId() - 1, SayId: fmt.Sprint("late", s.GetSayId()), Text: "and so on", Last: true}
		return []*reply{a, {Response: &dialogv1.ConverseResponse_Say{Say: old}}}
	}
	return []*reply{a}
}

func utters(change func(*dialogv1.Say)) func(*reply) []*reply {
	return func(a *reply) []*reply {
		if s := a.GetSay(); s != nil {
			change(s)
		}
		return []*reply{a}
	}
}

func foreignQueue(a *reply) []*reply {
	if t := a.GetTransfer(); t != nil {
		t.Queue = "nobody.knows"
	}
	return []*reply{a}
}

func asks(look func(started *bool, r *dialogv1.ConverseRequest) (keep bool, err error)) func(Fault) func(*wire) hooks {
	return func(Fault) func(*wire) hooks {
		return func(*wire) hooks {
			started := false
			return hooks{recv: func(m proto.Message) (bool, error) {
				r, ok := m.(*dialogv1.ConverseRequest)
				if !ok {
					return true, nil
				}
				return look(&started, r)
			}}
		}
	}
}

func dropsUnstarted(f Fault) func(*wire) hooks {
	return asks(func(started *bool, r *dialogv1.ConverseRequest) (bool, error) {
		*started = *started || r.GetStart() != nil
		return *started, nil
	})(f)
}

func dropsStarts(f Fault) func(*wire) hooks {
	return asks(func(started *bool, r *dialogv1.ConverseRequest) (bool, error) {
		again := *started && r.GetStart() != nil
		*started = true
		return !again, nil
	})(f)
}

func strictStart(f Fault) func(*wire) hooks {
	return asks(func(_ *bool, r *dialogv1.ConverseRequest) (bool, error) {
		if len(r.GetStart().ProtoReflect().GetUnknown()) > 0 {
			return false, status.Error(codes.InvalidArgument, "a field is not known")
		}
		return true, nil
	})(f)
}

func deafToSilence(f Fault) func(*wire) hooks {
	return asks(func(_ *bool, r *dialogv1.ConverseRequest) (bool, error) { return r.GetSilence() == nil, nil })(f)
}
