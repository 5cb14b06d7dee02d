package payment

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	"github.com/callward/callward/redact"
)

// A Request is a card to be tokenized, and the call that it came in.
type Request struct {
	Tenant, Call, Language string
	Key                    string // of idempotency: the same for the same entry of a card
	Card                   *Card
}

// A Reason is why a card was not taken.
type Reason uint8

// The reasons. The zero Reason is none: the card was taken.
const (
	Taken         Reason = iota
	Untold               // the tokeniser did not say
	InvalidNumber        // there is no such card
	InvalidExpiry        // the date is not that of the card, or past
	InvalidCode          // the code is not that of the card
	WrongBrand           // cards of this brand are not taken
	Blocked              // its bank does not let it be used
)

// String says why, as it is shown to agents.
func (r Reason) String() string {
	names := [...]string{"taken", "no reason given", "no such card", "wrong or past date", "wrong code", "brand not accepted", "blocked by its bank"}
	if int(r) < len(names) {
		return names[r]
	}
	return names[Untold]
}

// An Outcome is what stands in place of a card, or why nothing does.
type Outcome struct {
	Token    string // empty if the card was refused
	Brand    Brand
	LastFour string
	Refused  Reason
}

// Text is all that a transcript shows of a card: [card ••••1111 ok].
func (o Outcome) Text() redact.Safe {
	if o.Refused != Taken {
		return redact.Authored("[card ••••" + o.LastFour + " refused: " + o.Refused.String() + "]")
	}
	return redact.Authored("[card ••••" + o.LastFour + " ok]")
}

// Tokenize gives a card to the tokeniser. It blocks for as long as the configuration says
// at most, then it gives ErrLate; other errors are a *ServiceError and a *BreachError, and
// that of ctx if it ended. The same request may be made again: see Passing.
func (c *Client) Tokenize(ctx context.Context, r Request) (Outcome, error) {
	number, expiry, code := r.Card.copies()
	defer func() {
		for _, copied := range [][]byte{number, expiry, code} {
			clear(copied)
		}
	}()
	if len(number) == 0 { // wiped, because the call has ended
		return Outcome{}, fmt.Errorf("tokenize: %w", context.Canceled)
	}
	within, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	got, err := c.api.Tokenize(within, &paymentv1.TokenizeRequest{
		Session:        &speechv1.Session{CallId: r.Call, Tenant: r.Tenant, LanguageCode: r.Language},
		IdempotencyKey: r.Key,
		Number:         number, Expiry: expiry, Code: code,
	})
	switch {
	case err == nil:
		return outcome(got, number)
	case ctx.Err() != nil:
		return Outcome{}, fmt.Errorf("tokenize: %w", context.Cause(ctx))
	case within.Err() != nil, status.Code(err) == codes.DeadlineExceeded: // the service's clock was faster
		return Outcome{}, ErrLate
	}
	return Outcome{}, serviceError(err)
}

// outcome checks what a service said of a card.
func outcome(got *paymentv1.TokenizeResponse, number []byte) (Outcome, error) {
	out := Outcome{Brand: brandOf(number)}
	if len(number) < 4 {
		return Outcome{}, breach("a card that is none was taken")
	}
	out.LastFour = string(number[len(number)-4:])
	switch result := got.GetResult().(type) {
	case *paymentv1.TokenizeResponse_Refusal:
		out.Refused = reasonFrom(result.Refusal.GetReason())
		return out, nil
	case *paymentv1.TokenizeResponse_Card:
		card := result.Card
		if what := tokenFault(card.GetToken(), number); what != "" {
			return Outcome{}, breach(what)
		}
		if card.GetLastFour() != out.LastFour {
			return Outcome{}, breach("the last four digits are those of another card")
		}
		out.Token = card.GetToken()
		if b := brandFrom(card.GetBrand()); b != UnknownBrand {
			out.Brand = b
		}
		return out, nil
	}
	return Outcome{}, breach("neither a card nor a refusal")
}

func reasonFrom(r paymentv1.Refusal_Reason) Reason {
	switch r {
	case paymentv1.Refusal_REASON_INVALID_NUMBER:
		return InvalidNumber
	case paymentv1.Refusal_REASON_INVALID_EXPIRY:
		return InvalidExpiry
	case paymentv1.Refusal_REASON_INVALID_CODE:
		return InvalidCode
	case paymentv1.Refusal_REASON_BRAND:
		return WrongBrand
	case paymentv1.Refusal_REASON_BLOCKED:
		return Blocked
	default:
		return Untold
	}
}

// Limits of a token.
const (
	maxToken = 256
	mostSame = 6 // digits in a row that a token and the number may have in common
)

// tokenFault says why a token could not be kept, or nothing.
func tokenFault(token string, number []byte) string {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	printable := func(r rune) bool { return r > ' ' && r <= '~' }
	switch {
	case token == "" || len(token) > maxToken:
		return "a token has 1 to 256 characters"
	case strings.ContainsFunc(token, func(r rune) bool { return !printable(r) }):
		return "a token is of printable characters of ASCII"
	case !strings.ContainsFunc(token, letter):
		return "a token has a letter in it"
	}
	figures := strings.Map(func(r rune) rune { // whatever parts them
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, token)
	for i := range max(len(number)-mostSame, 0) {
		if bytes.Contains([]byte(figures), number[i:i+mostSame+1]) {
			return "a token tells digits of the number"
		}
	}
	return ""
}
