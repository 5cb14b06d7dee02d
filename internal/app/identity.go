package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/stir"
)

// openIdentity prepares the verification of callers' numbers; nil if nobody is
// believed.
func openIdentity(s IdentitySettings) (*stir.Verifier, error) {
	if s.Roots == "" {
		return nil, nil //nolint:nilnil // none is what was asked for
	}
	pem, err := os.ReadFile(s.Roots)
	if err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("roots: %s holds no certificate", s.Roots)
	}
	return stir.New(stir.Config{Roots: roots, Hosts: s.Hosts})
}

// trust says how far the caller's number is believed: by the signatures that the
// call brings, else by the word of a trunk that verifies them itself.
func (a *App) trust(ctx context.Context, leg *sip.Leg, t Trunk) stir.Result {
	signed := leg.Headers("Identity")
	if a.identity == nil || len(signed) == 0 {
		if t.Verstat {
			return stir.FromVerstat(leg.Verstat())
		}
		return stir.Result{Reason: stir.ReasonNoIdentity}
	}
	r := stir.Request{Identity: signed, Caller: t.caller(leg), Called: []string{t.number(leg.Called())}}
	if at, err := http.ParseTime(leg.Header("Date")); err == nil {
		r.Date = at
	} else if leg.Header("Date") != "" {
		r.Date = time.Unix(0, 0) // one that cannot be read is not fresh
	}
	result := a.identity.Verify(ctx, r)
	if result.Trust == stir.Failed {
		a.log.Info("the caller's number did not prove true", slog.String("source", leg.Source()), slog.String("why", string(result.Reason)))
	}
	return result
}
