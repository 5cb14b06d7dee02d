package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Codes of RFC 6238, as every app has them: six digits, 30 seconds, SHA-1.
const (
	totpIssuer = "Callward"
	totpStep   = 30 * time.Second
	totpSkew   = 1 // steps that a clock may be off
)

// recoveryCodes stand in for a lost phone, each once.
const recoveryCodes = 10

// A Secret is what an app needs to make codes.
type Secret struct {
	Text string `json:"secret" doc:"in base 32, to type"`
	URI  string `json:"uri" doc:"otpauth address, to show as a QR code"`
}

// BeginTOTP makes up a secret for a session's account. It counts once a code of it was
// shown to ConfirmTOTP.
func (s *Service) BeginTOTP(ctx context.Context, cookie string) (Secret, error) {
	_, a, err := s.session(ctx, cookie)
	if err != nil {
		return Secret{}, err
	}
	if a.TOTP != "" {
		return Secret{}, fault("there is a second factor already; remove it first")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: a.Name})
	if err != nil {
		return Secret{}, err
	}
	err = s.alter(ctx, a.Name, func(now *Account) error {
		now.Pending = key.Secret()
		return nil
	})
	return Secret{Text: key.Secret(), URI: key.URL()}, err
}

// ConfirmTOTP turns the second factor on, and gives the recovery codes: they can be read
// this once.
func (s *Service) ConfirmTOTP(ctx context.Context, cookie, code string) ([]string, error) {
	_, a, err := s.session(ctx, cookie)
	if err != nil {
		return nil, err
	}
	var codes []string
	err = s.alter(ctx, a.Name, func(now *Account) error {
		step, ok := matchTOTP(now.Pending, code, s.now(), 0)
		if !ok {
			return fault("this is not the code that the app shows now; is the clock of the phone right?")
		}
		now.TOTP, now.Pending, now.TOTPStep = now.Pending, "", step
		codes, now.Recovery = newRecovery()
		return nil
	})
	return codes, err
}

// RemoveTOTP turns the second factor off, by one of its codes.
func (s *Service) RemoveTOTP(ctx context.Context, cookie, code string) error {
	_, a, err := s.session(ctx, cookie)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, a.Name, ""); err != nil {
		return err
	}
	if err := s.spend(ctx, a, code); err != nil {
		return err
	}
	if err := s.forgive(ctx, a.Name, ""); err != nil {
		return err
	}
	return s.alter(ctx, a.Name, func(now *Account) error {
		now.TOTP, now.TOTPStep, now.Recovery = "", 0, nil
		return nil
	})
}

// spend takes a code of the second factor, which then is worth nothing more.
func (s *Service) spend(ctx context.Context, a Account, code string) error {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	return s.alter(ctx, a.Name, func(now *Account) error {
		if step, ok := matchTOTP(now.TOTP, code, s.now(), now.TOTPStep); ok {
			now.TOTPStep = step
			return nil
		}
		if i := slices.Index(now.Recovery, hashOf(code)); i >= 0 {
			now.Recovery = slices.Delete(now.Recovery, i, i+1)
			return nil
		}
		return ErrRefused
	})
}

// matchTOTP gives the step whose code it is, if that is later than the last one taken.
func matchTOTP(secret, code string, now time.Time, last int64) (int64, bool) {
	if secret == "" {
		return 0, false
	}
	at := now.Unix() / int64(totpStep/time.Second)
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // since 1970
		if err == nil && step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// newRecovery makes up codes of 80 bits, and what is kept of them.
func newRecovery() (codes, hashes []string) {
	for range recoveryCodes {
		c := rand.Text()[:16] // base 32
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		hashes = append(hashes, hashOf(c))
	}
	return codes, hashes
}
