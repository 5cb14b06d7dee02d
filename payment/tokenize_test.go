package payment_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/payment"
	"github.com/callward/callward/payment/paymenttest"
)

const visa = "4000056655665556"

func asked(number, key string) payment.Request {
	return payment.Request{Tenant: "acme", Call: "c1", Language: "en", Key: key, Card: keyed(number, "1240", "123")}
}

func TestACardIsTakenOnceHoweverOftenItIsSent(t *testing.T) {
	s := &paymenttest.Server{}
	c := paymenttest.Start(t, s, payment.Config{Timeout: time.Minute})
	first, err := c.Tokenize(t.Context(), asked(visa, "k1"))
	if err != nil || first.Token == "" || first.LastFour != "5556" || first.Brand != payment.Visa || first.Text().String() != "[card ••••5556 ok]" {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := c.Tokenize(t.Context(), asked(visa, "k1")); err != nil || again != first || s.Tokens() != 1 {
		t.Errorf("again %+v, %v; %d tokens", again, err, s.Tokens())
	}
	var failed *payment.ServiceError
	if _, err := c.Tokenize(t.Context(), asked("5555555555554444", "k1")); !errors.As(err, &failed) || failed.Code != codes.AlreadyExists || payment.Passing(err) {
		t.Errorf("another card by the same key: %v", err)
	}
}

func TestACardThatIsNotTakenIsRefusedWithAReason(t *testing.T) {
	c := paymenttest.Start(t, &paymenttest.Server{}, payment.Config{Timeout: time.Minute})
	for number, want := range map[string]payment.Reason{
		"4000000000000002": payment.Blocked, "4000000000000069": payment.InvalidExpiry, "4000000000000127": payment.InvalidCode,
		"6200000000000005": payment.WrongBrand, "4000056655665557": payment.InvalidNumber,
	} {
		got, err := c.Tokenize(t.Context(), asked(number, number[12:]))
		if err != nil || got.Refused != want || got.Token != "" {
			t.Errorf("%s: %+v, %v", number[12:], got, err)
		}
		if text := got.Text().String(); text != "[card ••••"+number[12:]+" refused: "+want.String()+"]" {
			t.Errorf("shown as %s", text)
		}
	}
}

func TestWhatAFailingTokeniserSaysShowsNoDigit(t *testing.T) {
	s := &paymenttest.Server{}
	c := paymenttest.Start(t, s, payment.Config{Timeout: time.Minute})
	for fault, want := range map[paymenttest.Fault]string{
		paymenttest.Refuse: "Unavailable", paymenttest.Echo: "breach", paymenttest.Wrong: "breach", paymenttest.Empty: "breach",
	} {
		s.Break(fault)
		out, err := c.Tokenize(t.Context(), asked(visa, "k"))
		if err == nil || payment.Cause(err) != want || out != (payment.Outcome{}) || payment.Passing(err) != (fault == paymenttest.Refuse) {
			t.Errorf("fault %d: %+v, %v", fault, out, err)
		} else if strings.Contains(err.Error(), "5665") {
			t.Errorf("fault %d shows digits: %v", fault, err)
		}
	}
}

func TestATokeniserThatIsLateIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &paymenttest.Server{}
		s.Break(paymenttest.Mute)
		c := paymenttest.Start(t, s, payment.Config{})
		began := time.Now()
		_, err := c.Tokenize(t.Context(), asked(visa, "k"))
		if took := time.Since(began); !errors.Is(err, payment.ErrLate) || took != payment.DefaultTimeout || !payment.Passing(err) {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Tokenize(ctx, asked(visa, "k")); !errors.Is(err, context.Canceled) || payment.Passing(err) {
			t.Errorf("of a call that has ended: %v", err)
		}
	})
}

func TestATokeniserSaysWhatItCanDo(t *testing.T) {
	c := paymenttest.Start(t, &paymenttest.Server{}, payment.Config{})
	caps, err := c.Capabilities(t.Context())
	if err != nil || caps.Version != "v1" || len(caps.Brands) != 9 {
		t.Errorf("%+v, %v", caps, err)
	}
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
