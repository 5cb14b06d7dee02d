package payment

import (
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
)

// A Brand is whose card it is.
type Brand uint8

// The brands, numbered as in the contract.
const (
	UnknownBrand Brand = iota
	Visa
	Mastercard
	Amex
	Diners
	Discover
	JCB
	UnionPay
	Maestro
	CarteBancaire
	OtherBrand
)

// String names the brand for people; the zero Brand is "card".
func (b Brand) String() string {
	names := [...]string{
		"card", "Visa", "Mastercard", "American Express", "Diners Club", "Discover", "JCB", "UnionPay", "Maestro", "Carte Bancaire", "card",
	}
	if int(b) < len(names) {
		return names[b]
	}
	return names[0]
}

func brandFrom(b paymentv1.Brand) Brand {
	if b <= paymentv1.Brand_BRAND_UNSPECIFIED || b > paymentv1.Brand_BRAND_OTHER {
		return UnknownBrand
	}
	return Brand(b) //nolint:gosec // between 1 and 10
}

// brandOf tells whose card it is by its first digits (ISO/IEC 7812-1 issuer
// identification numbers, as the networks publish their ranges).
func brandOf(number []byte) Brand {
	switch p := prefix(number, 4); {
	case begins(p, 4, 1):
		return Visa
	case begins(p, 34, 2), begins(p, 37, 2):
		return Amex
	case within(p, 51, 55, 2), within(p, 2221, 2720, 4):
		return Mastercard
	case begins(p, 36, 2), begins(p, 38, 2), begins(p, 39, 2), within(p, 300, 305, 3):
		return Diners
	case within(p, 3528, 3589, 4):
		return JCB
	case begins(p, 62, 2), begins(p, 81, 2):
		return UnionPay
	case begins(p, 6011, 4), within(p, 644, 649, 3), begins(p, 65, 2):
		return Discover
	case begins(p, 50, 2), within(p, 56, 58, 2), begins(p, 6, 1):
		return Maestro
	}
	return UnknownBrand
}

// A head is the first digits of a number, and how many of the four there are.
type head struct{ value, n int }

func prefix(number []byte, most int) head {
	h := head{}
	for _, k := range number[:min(len(number), most)] {
		h.value, h.n = h.value*10+int(k-'0'), h.n+1
	}
	return h
}

func begins(h head, with, n int) bool { return within(h, with, with, n) }

// within reports whether the first n digits are from low to high.
func within(h head, low, high, n int) bool {
	if h.n < n {
		return false
	}
	v := h.value
	for range h.n - n {
		v /= 10
	}
	return v >= low && v <= high
}

// lengths gives how many digits cards of a brand have.
func lengths(b Brand) []int {
	switch b {
	case Visa:
		return []int{13, 16, 19}
	case Mastercard:
		return []int{16}
	case Amex:
		return []int{15}
	case Diners:
		return []int{14, 15, 16, 17, 18, 19}
	case Discover, JCB, UnionPay:
		return []int{16, 17, 18, 19}
	default:
		return []int{12, 13, 14, 15, 16, 17, 18, 19}
	}
}
