package payment_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/payment"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// keyed gives a card with digits in its fields.
func keyed(number, expiry, code string) *payment.Card {
	c := payment.NewCard()
	for f, keys := range map[payment.Field]string{payment.Number: number, payment.Expiry: expiry, payment.Code: code} {
		for i := range len(keys) {
			c.Press(f, keys[i])
		}
	}
	return c
}

func TestNumbersAreJudgedByLengthAndCheckDigit(t *testing.T) {
	for _, c := range []struct {
		number      string
		good, whole bool
		brand       payment.Brand
	}{
		{"4111111111111111", true, false, payment.Visa}, // 19 digits are Visa's too
		{"4222222222222", true, false, payment.Visa},
		{"4111111111111112", false, false, payment.Visa},
		{"41111111111111", false, false, payment.Visa},
		{"5555555555554444", true, true, payment.Mastercard},
		{"2223003122003222", true, true, payment.Mastercard},
		{"378282246310005", true, true, payment.Amex},
		{"37828224631000", false, false, payment.Amex},
		{"30569309025904", true, false, payment.Diners},
		{"6011111111111117", true, false, payment.Discover},
		{"3530111333300000", true, false, payment.JCB},
		{"6200000000000005", true, false, payment.UnionPay},
		{"6759649826438453", true, false, payment.Maestro},
		{"0000000000000000", false, false, payment.UnknownBrand},
		{"9999999999999999999", false, true, payment.UnknownBrand},
		{"", false, false, payment.UnknownBrand},
	} {
		card := keyed(c.number, "", "")
		if got := card.Good(payment.Number, now); got != c.good {
			t.Errorf("%s is good: %t", c.number, got)
		}
		if got := card.Whole(payment.Number); got != c.whole {
			t.Errorf("%s is whole: %t", c.number, got)
		}
		if got := card.Brand(); got != c.brand {
			t.Errorf("%s is of %s", c.number, got)
		}
	}
}

func TestDatesAreGoodUntilTheirMonthHasEndedEverywhere(t *testing.T) {
	end := time.Date(2026, 12, 1, 11, 59, 0, 0, time.UTC)
	for _, c := range []struct {
		mmyy string
		at   time.Time
		want bool
	}{
		{"1126", now, true},
		{"1026", now, false},
		{"1226", now, true},
		{"0130", now, true},
		{"1246", now, true},
		{"0147", now, false},
		{"1326", now, false},
		{"0030", now, false},
		{"112", now, false},
		{"", now, false},
		{"1126", end, true},
		{"1126", end.Add(time.Minute), false},
	} {
		if got := keyed("", c.mmyy, "").Good(payment.Expiry, c.at); got != c.want {
			t.Errorf("%q at %s: %t", c.mmyy, c.at, got)
		}
	}
}

func TestTheCodeIsAsLongAsTheBrands(t *testing.T) {
	for _, c := range []struct {
		number, code string
		want         bool
	}{
		{"4111111111111111", "123", true},
		{"4111111111111111", "12", false},
		{"4111111111111111", "1234", false},
		{"378282246310005", "1234", true},
		{"378282246310005", "123", false},
	} {
		card := keyed(c.number, "", c.code)
		if got := card.Good(payment.Code, now); got != c.want || got != card.Whole(payment.Code) {
			t.Errorf("%s with %s: %t", c.number, c.code, got)
		}
	}
}

func TestNothingShowsACard(t *testing.T) {
	card := keyed("4111111111111111", "1230", "987")
	outer := struct{ Card, hidden *payment.Card }{card, card}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", slog.Any("card", card), slog.Any("outer", outer))
	encoded, _ := json.Marshal(outer)
	shown := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q", "%p"} {
		shown += fmt.Sprintf(verb, card) + fmt.Sprintf(verb, *card) + fmt.Sprintf(verb, outer) + fmt.Sprintf(verb, &outer)
	}
	for _, secret := range []string{"11111", "1230", "987", "49 49 49", "3131"} {
		// not within an address or the time of day
		if regexp.MustCompile(`(^|[^0-9a-f.:])` + secret + `($|[^0-9a-f])`).MatchString(shown) {
			t.Errorf("%s shows in %s", secret, shown)
		}
	}
}

func TestWhatIsWipedIsGone(t *testing.T) {
	card := keyed("4111111111111111", "1230", "123")
	card.Clear(payment.Code)
	if !card.Empty(payment.Code) || card.Empty(payment.Number) || card.LastFour() != "1111" {
		t.Error("one field was to be cleared")
	}
	card.Wipe()
	if !card.Empty(payment.Number) || !card.Empty(payment.Expiry) || card.LastFour() != "" || card.Brand() != payment.UnknownBrand {
		t.Error("something is left")
	}
	(*payment.Card)(nil).Wipe()
}
