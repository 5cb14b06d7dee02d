package conformance

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

const paymentSpec = "proto/callward/payment/v1/payment.proto: "

// paymentChecks are those of a tokeniser. They send the numbers that card networks give
// for tests: it is the tokeniser's sandbox that is to be checked.
func paymentChecks() []Check {
	checks := slices.DeleteFunc(commonChecks(Payment), func(c Check) bool { return c.ID == "payment.capabilities" })
	return append(
		checks,
		Check{ID: "payment.capabilities", Level: Must, Means: "capabilities say v1, and brands that there are", Spec: paymentSpec + "Capabilities", run: paymentCapabilities},
		Check{ID: "payment.tokenize.card", Level: Must, Means: "a card is answered with a token that tells nothing of it, and its last four digits", Spec: paymentSpec + "Card", run: paymentCard},
		Check{ID: "payment.tokenize.again", Level: Must, Means: "the same key with the same card gives the same token", Spec: paymentSpec + "TokenizeRequest", run: paymentAgain},
		Check{ID: "payment.tokenize.conflict", Level: Must, Means: "a key that was used for another card is refused with ALREADY_EXISTS", Spec: paymentSpec + "PaymentService", run: paymentConflict},
		Check{ID: "payment.tokenize.refusal", Level: Must, Means: "a number whose check digit is wrong is answered with a refusal, not taken and no error", Spec: paymentSpec + "Refusal", run: paymentRefusal},
		Check{ID: "payment.tokenize.malformed", Level: Must, Means: "what is no card is refused with INVALID_ARGUMENT", Spec: paymentSpec + "PaymentService", run: paymentMalformed},
		Check{ID: "payment.secret", Level: Must, Means: "an error does not repeat digits of the card", Spec: paymentSpec + "the package", run: paymentSecret},
		Check{ID: "payment.unknown_fields", Level: Must, Means: "fields that a later version may add are ignored", Spec: paymentSpec + "TokenizeRequest", run: paymentUnknownFields},
		Check{ID: "payment.tokenize.latency", Level: Should, Means: "the p95 of Tokenize is within 2 s", Spec: paymentSpec + "PaymentService", run: paymentLatency},
		Check{ID: "payment.parallel", Level: Must, Means: "20 cards at once are taken", Spec: paymentSpec + "PaymentService", run: paymentParallel},
	)
}

// learnPayment asks for the capabilities.
func (t *target) learnPayment(ctx context.Context) error {
	r, err := t.pay.GetCapabilities(ctx, &paymentv1.GetCapabilitiesRequest{}, grpc.WaitForReady(true))
	t.takes = r.GetCapabilities()
	t.caps = &speechv1.Capabilities{ApiVersion: t.takes.GetApiVersion(), Vendor: t.takes.GetVendor(), Build: t.takes.GetBuild()}
	return err
}

func paymentCapabilities(_ context.Context, p *probe) error {
	if v := p.takes.GetApiVersion(); v != "v1" {
		return fmt.Errorf("api_version is %q, not v1", v)
	}
	for _, b := range p.takes.GetBrands() {
		if _, known := paymentv1.Brand_name[int32(b)]; !known || b == paymentv1.Brand_BRAND_UNSPECIFIED {
			return fmt.Errorf("brand %d is none", b)
		}
	}
	return nil
}

// Numbers for tests, of Visa and Mastercard; the third has a wrong check digit.
const (
	testCard      = "4111111111111111"
	otherTestCard = "5555555555554444"
	wrongTestCard = "4111111111111112"
)

// cardOf is a request with a key of its own, and a date that has not passed.
func cardOf(number string) *paymentv1.TokenizeRequest {
	s := session("en")
	s.SessionId = ""
	return &paymentv1.TokenizeRequest{
		Session: s, IdempotencyKey: "conformance-" + rand.Text(),
		Number: []byte(number), Expiry: []byte(time.Now().AddDate(2, 0, 0).Format("0106")), Code: []byte("123"),
	}
}

func (p *probe) tokenize(ctx context.Context, r *paymentv1.TokenizeRequest) (*paymentv1.TokenizeResponse, error) {
	ctx, cancel := context.WithTimeout(p.with(ctx), p.Timeout)
	defer cancel()
	began := time.Now()
	got, err := p.pay.Tokenize(ctx, r)
	if err == nil {
		p.measure("tokenize", time.Since(began))
	}
	return got, err
}

// takenFor wants a card to be taken, and gives the token.
func (p *probe) takenFor(ctx context.Context, r *paymentv1.TokenizeRequest) (string, error) {
	got, err := p.tokenize(ctx, r)
	switch {
	case err != nil:
		return "", fmt.Errorf("tokenize: %w", err)
	case got.GetCard() == nil:
		return "", fmt.Errorf("a card for tests is answered with %T", got.GetResult())
	}
	return got.GetCard().GetToken(), nil
}

func paymentCard(ctx context.Context, p *probe) error {
	r := cardOf(testCard)
	token, err := p.takenFor(ctx, r)
	if err != nil {
		return err
	}
	got, err := p.tokenize(ctx, r)
	letters := strings.ContainsFunc(token, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' })
	switch {
	case err != nil:
		return fmt.Errorf("tokenize: %w", err)
	case len(token) == 0 || len(token) > 256 || strings.Trim(token, printable()) != "" || !letters:
		return errors.New("the token is not 1 to 256 printable characters, one of them a letter")
	case tells(token, testCard):
		return errors.New("the token holds seven digits in a row of the number")
	case got.GetCard().GetLastFour() != testCard[len(testCard)-4:]:
		return fmt.Errorf("last_four is %q", got.GetCard().GetLastFour())
	}
	return nil
}

// printable is the visible characters of ASCII.
func printable() string {
	var all []byte
	for c := byte('!'); c <= '~'; c++ {
		all = append(all, c)
	}
	return string(all)
}

// tells reports whether text holds seven digits in a row of a number.
func tells(text, number string) bool {
	for i := 0; i+7 <= len(number); i++ {
		if bytes.Contains([]byte(text), []byte(number[i:i+7])) {
			return true
		}
	}
	return false
}

func paymentAgain(ctx context.Context, p *probe) error {
	r := cardOf(testCard)
	first, err := p.takenFor(ctx, r)
	if err != nil {
		return err
	}
	if again, err := p.takenFor(ctx, r); err != nil || again != first {
		return errors.Join(errors.New("the same request has another token"), err)
	}
	return nil
}

func paymentConflict(ctx context.Context, p *probe) error {
	r := cardOf(testCard)
	if _, err := p.takenFor(ctx, r); err != nil {
		return err
	}
	r.Number = []byte(otherTestCard)
	_, err := p.tokenize(ctx, r)
	return ended(err, codes.AlreadyExists)
}

func paymentRefusal(ctx context.Context, p *probe) error {
	got, err := p.tokenize(ctx, cardOf(wrongTestCard))
	switch {
	case err != nil:
		return fmt.Errorf("tokenize: %w", err)
	case got.GetRefusal() == nil:
		return fmt.Errorf("it is answered with %T", got.GetResult())
	}
	return nil
}

func paymentMalformed(ctx context.Context, p *probe) error {
	for name, spoil := range map[string]func(*paymentv1.TokenizeRequest){
		"no number": func(r *paymentv1.TokenizeRequest) { r.Number = nil },
		"letters":   func(r *paymentv1.TokenizeRequest) { r.Number = []byte("4111x1111111111") },
		"no date":   func(r *paymentv1.TokenizeRequest) { r.Expiry = nil },
		"no key":    func(r *paymentv1.TokenizeRequest) { r.IdempotencyKey = "" },
	} {
		r := cardOf(testCard)
		spoil(r)
		_, err := p.tokenize(ctx, r)
		if err := ended(err, codes.InvalidArgument); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// ended wants a request to have failed with a code.
func ended(err error, want codes.Code) error {
	if got := status.Code(err); got != want {
		return fmt.Errorf("it ended with %v, not %v", got, want)
	}
	return nil
}

func paymentSecret(ctx context.Context, p *probe) error {
	r := cardOf(testCard)
	r.Expiry = []byte("9")
	if _, err := p.tokenize(ctx, r); err != nil && tells(status.Convert(err).Message(), testCard) {
		return errors.New("the error repeats the number")
	}
	return nil
}

func paymentUnknownFields(ctx context.Context, p *probe) error {
	r := cardOf(testCard)
	r.ProtoReflect().SetUnknown(futureField())
	_, err := p.takenFor(ctx, r)
	return err
}

func paymentLatency(ctx context.Context, p *probe) error {
	for range 10 {
		if _, err := p.takenFor(ctx, cardOf(testCard)); err != nil {
			return err
		}
	}
	return quickly(p.measured["tokenize"], 2*time.Second)
}

func paymentParallel(ctx context.Context, p *probe) error {
	var g errgroup.Group
	for range 20 {
		mine := &probe{target: p.target, measured: map[string]samples{}}
		g.Go(func() error {
			_, err := mine.takenFor(ctx, cardOf(testCard))
			return err
		})
	}
	return g.Wait()
}
