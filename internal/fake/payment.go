package fake

import (
	"context"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/payment/paymenttest"
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
)

// NewPayment gives a tokeniser. It keeps tokens and last four digits; see paymenttest for
// the numbers that it refuses.
func NewPayment(faults ...Fault) *Engine {
	return &Engine{Service: Payment, Faults: faults, Payment: &paymenttest.Server{}}
}

// paymentFaults are those of a tokeniser.
func paymentFaults() []Kind {
	all := []Kind{
		{Name: "unhealthy", Means: "health says NOT_SERVING", Breaks: "payment.health.check", server: func(p *plant, _ Fault) { p.unhealthy = true }},
		{Name: "no-watch", Means: "health has no Watch", Breaks: "payment.health.watch", server: func(p *plant, _ Fault) { p.noWatch = true }},
		{Name: "no-reflection", Means: "there is no reflection", Breaks: "payment.reflection", server: func(p *plant, _ Fault) { p.noReflection = true }},
		{Name: "wrong-version", Means: "claims another version of the contract", Breaks: "payment.capabilities", server: capable(func(c *paymentv1.Capabilities) { c.ApiVersion = "v9" })},
		{Name: "no-brand", Means: "claims a brand that there is not", Breaks: "payment.capabilities", server: capable(func(c *paymentv1.Capabilities) { c.Brands = []paymentv1.Brand{99} })},
		{Name: "refuse", Means: "ends each request with an error, code=CODE", Breaks: "payment.parallel", server: tokenizing(refuseCard)},
		{Name: "stall", Means: "takes cards and never answers", Breaks: "payment.parallel", server: tokenizing(stallCard)},
		{Name: "lost-answer", Means: "takes each card, and the first answer for it is lost", Breaks: "payment.tokenize.card", server: loseAnswers},
		{Name: "slow-token", Means: "answers 3 s late, or for=TIME", Breaks: "payment.tokenize.latency", server: tokenizing(slowToken)},
		{Name: "echo", Means: "gives the number for a token", Breaks: "payment.tokenize.card", server: tokenizing(echoCard)},
		{Name: "digits", Means: "gives tokens of digits alone", Breaks: "payment.tokenize.card", server: tokenizing(answered(func(c *paymentv1.Card) { c.Token = "90210902109021" }))},
		{Name: "other-card", Means: "tells other last digits", Breaks: "payment.tokenize.card", server: tokenizing(answered(func(c *paymentv1.Card) { c.LastFour = "0000" }))},
		{Name: "empty", Means: "answers with neither a card nor a refusal", Breaks: "payment.tokenize.card", server: tokenizing(emptyAnswer)},
		{Name: "new-token", Means: "gives another token each time", Breaks: "payment.tokenize.again", server: newTokens},
		{Name: "forgetful", Means: "takes another card under the same key", Breaks: "payment.tokenize.conflict", server: tokenizing(forgetful)},
		{Name: "error-refusal", Means: "refuses cards with an error", Breaks: "payment.tokenize.refusal", server: tokenizing(errorRefusal)},
		{Name: "takes-all", Means: "takes whatever is sent", Breaks: "payment.tokenize.malformed", server: tokenizing(takesAll)},
		{Name: "talkative", Means: "repeats the number in errors", Breaks: "payment.secret", server: tokenizing(talkative)},
		{Name: "strict", Means: "refuses fields that it does not know", Breaks: "payment.unknown_fields", server: tokenizing(strictCard)},
	}
	for i := range all {
		all[i].Service = Payment
	}
	return all
}

// asking is a card on its way to the tokeniser, which next gives it to.
type asking struct {
	ctx     context.Context //nolint:containedctx // of one request, within it
	fault   Fault
	request *paymentv1.TokenizeRequest
	next    func() (*paymentv1.TokenizeResponse, error)
}

// tokenizing does something in place of each Tokenize, but while the engine is calm.
func tokenizing(do func(asking) (*paymentv1.TokenizeResponse, error)) func(*plant, Fault) {
	return func(p *plant, f Fault) {
		p.options = append(p.options, grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			r, ok := req.(*paymentv1.TokenizeRequest)
			if !ok || p.asleep() {
				return next(ctx, req)
			}
			return do(asking{ctx, f, r, func() (*paymentv1.TokenizeResponse, error) {
				resp, err := next(ctx, r)
				out, _ := resp.(*paymentv1.TokenizeResponse)
				return out, err
			}})
		}))
	}
}

func capable(change func(*paymentv1.Capabilities)) func(*plant, Fault) {
	return func(p *plant, _ Fault) {
		p.options = append(p.options, grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			resp, err := next(ctx, req)
			if r, ok := resp.(*paymentv1.GetCapabilitiesResponse); ok && err == nil {
				change(r.GetCapabilities())
			}
			return resp, err
		}))
	}
}

// answered changes the cards of answers.
func answered(change func(*paymentv1.Card)) func(asking) (*paymentv1.TokenizeResponse, error) {
	return func(a asking) (*paymentv1.TokenizeResponse, error) {
		resp, err := a.next()
		if c := resp.GetCard(); c != nil {
			change(c)
		}
		return resp, err
	}
}

func refuseCard(a asking) (*paymentv1.TokenizeResponse, error) {
	return nil, status.Error(a.fault.code(), "told to refuse")
}

func stallCard(a asking) (*paymentv1.TokenizeResponse, error) {
	<-a.ctx.Done()
	return nil, status.FromContextError(a.ctx.Err()).Err()
}

// loseAnswers takes cards, but the client does not learn of it the first time.
func loseAnswers(p *plant, f Fault) {
	var times atomic.Int64
	tokenizing(func(a asking) (*paymentv1.TokenizeResponse, error) {
		resp, err := a.next()
		if times.Add(1)%2 == 1 {
			<-a.ctx.Done()
			return nil, status.FromContextError(a.ctx.Err()).Err()
		}
		return resp, err
	})(p, f)
}

func slowToken(a asking) (*paymentv1.TokenizeResponse, error) {
	if err := sleep(a.ctx, a.fault.lasts(slowBy)); err != nil {
		return nil, err
	}
	return a.next()
}

func echoCard(a asking) (*paymentv1.TokenizeResponse, error) {
	number := string(a.request.GetNumber())
	return answered(func(c *paymentv1.Card) { c.Token = "tok_" + number })(a)
}

func emptyAnswer(a asking) (*paymentv1.TokenizeResponse, error) {
	_, err := a.next()
	return &paymentv1.TokenizeResponse{}, err
}

func newTokens(p *plant, f Fault) {
	var times atomic.Int64
	tokenizing(answered(func(c *paymentv1.Card) { c.Token += strings.Repeat("x", int(times.Add(1)%100)) }))(p, f)
}

func forgetful(a asking) (*paymentv1.TokenizeResponse, error) {
	if number := a.request.GetNumber(); len(number) > 0 {
		a.request.IdempotencyKey += string(number[:1])
	}
	return a.next()
}

func errorRefusal(a asking) (*paymentv1.TokenizeResponse, error) {
	resp, err := a.next()
	if resp.GetRefusal() != nil {
		return nil, status.Error(codes.InvalidArgument, "the card is not taken")
	}
	return resp, err
}

func takesAll(a asking) (*paymentv1.TokenizeResponse, error) {
	if resp, err := a.next(); err == nil {
		return resp, nil
	}
	return &paymentv1.TokenizeResponse{Result: &paymentv1.TokenizeResponse_Card{Card: &paymentv1.Card{Token: "tok_any", LastFour: "1111"}}}, nil
}

func talkative(a asking) (*paymentv1.TokenizeResponse, error) {
	number := string(a.request.GetNumber())
	resp, err := a.next()
	if err != nil {
		return nil, status.Errorf(status.Code(err), "no good card: %s", number)
	}
	return resp, nil
}

func strictCard(a asking) (*paymentv1.TokenizeResponse, error) {
	if len(a.request.ProtoReflect().GetUnknown()) > 0 {
		return nil, status.Error(codes.InvalidArgument, "a field that is not known")
	}
	return a.next()
}
