package payment

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// A Field is one of the entries that make a card.
type Field uint8

// The fields, in the order in which they are asked for.
const (
	Number Field = iota // 12 to 19 digits
	Expiry              // MMYY
	Code                // 3 digits, or 4 of American Express
	fields
)

// String names the field.
func (f Field) String() string {
	return [...]string{"number", "expiry", "code"}[f%fields]
}

// longest is a card number of most digits (ISO/IEC 7812-1).
const longest = 19

// A Card is what has been keyed in of one. It is safe for concurrent use. Its digits hide
// behind a func because fmt reaches into unexported fields without asking Format.
type Card struct{ open func() *digits }

type digits struct {
	mu   sync.Mutex
	keys [fields][longest]byte
	n    [fields]int
}

// NewCard gives an empty one.
func NewCard() *Card {
	d := &digits{}
	return &Card{open: func() *digits { return d }}
}

const cardMask = "[card]"

// Format prints a mask for every verb.
func (*Card) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, cardMask) }

// LogValue logs a mask.
func (*Card) LogValue() slog.Value { return slog.StringValue(cardMask) }

// MarshalText encodes a mask.
func (*Card) MarshalText() ([]byte, error) { return []byte(cardMask), nil }

// Press adds a digit, '0' to '9', to a field. It does nothing if the field is full.
func (c *Card) Press(f Field, key byte) {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n[f] < len(d.keys[f]) && key >= '0' && key <= '9' {
		d.keys[f][d.n[f]] = key
		d.n[f]++
	}
}

// Clear overwrites one field.
func (c *Card) Clear(f Field) {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear(f)
}

// Wipe overwrites all of it. A nil Card holds nothing.
func (c *Card) Wipe() {
	if c == nil {
		return
	}
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	for f := range fields {
		d.clear(f)
	}
}

func (d *digits) clear(f Field) {
	clear(d.keys[f][:])
	d.n[f] = 0
}

func (d *digits) of(f Field) []byte { return d.keys[f][:d.n[f]] }

// Empty reports whether nothing was keyed in for a field.
func (c *Card) Empty(f Field) bool {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n[f] == 0
}

// Whole reports whether a field can have no further digit: a number of a brand whose
// cards are all of that length, the four digits of a date, a code as long as the brand's.
func (c *Card) Whole(f Field) bool {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch n := d.n[f]; f {
	case Expiry:
		return n == 4
	case Code:
		return n == d.codeLength()
	default:
		l := lengths(brandOf(d.of(Number)))
		return n == longest || len(l) == 1 && n == l[0]
	}
}

// Good reports whether a field holds what may be sent: a number of a length that its
// brand has, and whose check digit is right; a date that has not passed at now; a code of
// the right length.
func (c *Card) Good(f Field, now time.Time) bool {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch f {
	case Expiry:
		return valid(d.of(Expiry), now)
	case Code:
		return d.n[Code] == d.codeLength()
	default:
		number := d.of(Number)
		return len(number) > 0 && number[0] != '0' && slices.Contains(lengths(brandOf(number)), len(number)) && luhn(number)
	}
}

func (d *digits) codeLength() int {
	if brandOf(d.of(Number)) == Amex {
		return 4
	}
	return 3
}

// LastFour gives the last four digits of the number, all that may be shown of it; empty
// if there are not 12.
func (c *Card) LastFour() string {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	number := d.of(Number)
	if len(number) < 12 {
		return ""
	}
	return string(number[len(number)-4:])
}

// Brand tells whose card the number is by how it begins.
func (c *Card) Brand() Brand {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	return brandOf(d.of(Number))
}

// copies gives copies of the fields, which the caller has to overwrite.
func (c *Card) copies() (number, expiry, code []byte) {
	d := c.open()
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.of(Number)), slices.Clone(d.of(Expiry)), slices.Clone(d.of(Code))
}

// furthest is how many years ahead a card may be valid; what is further is mistyped.
const furthest = 20

// valid reports whether MMYY is a month that has not ended everywhere at now.
func valid(mmyy []byte, now time.Time) bool {
	if len(mmyy) != 4 {
		return false
	}
	month, year := int(mmyy[0]-'0')*10+int(mmyy[1]-'0'), 2000+int(mmyy[2]-'0')*10+int(mmyy[3]-'0')
	if month < 1 || month > 12 {
		return false
	}
	now = now.UTC().Add(-12 * time.Hour) // the last zone in which a day ends
	ends := time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC)
	return ends.After(now) && year <= now.Year()+furthest
}

// luhn reports whether digits end in the right check digit (ISO/IEC 7812-1 annex B).
func luhn(number []byte) bool {
	sum := 0
	for i, k := range slices.Backward(number) {
		v := int(k - '0')
		if (len(number)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
