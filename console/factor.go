package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/signin"
)

// RecoveryCodes stand in for a lost phone. They can be read this once.
type RecoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

type (
	secretReply struct{ Body signin.Secret }
	codesReply  struct{ Body RecoveryCodes }
	codeQuery   struct {
		Body struct {
			Code string `json:"code" maxLength:"32"`
		}
	}
)

// factors serves the second factor of one's own account.
func (s *Server) factors() {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/session/totp", Tags: []string{"session"}, Summary: summary,
			MaxBodyBytes: signInBytes, Errors: []int{401, 422},
		}
	}
	huma.Register(s.api, op("begin-totp", http.MethodPost, "Make up the secret of a second factor (RFC 6238)"), func(ctx context.Context, _ *struct{}) (*secretReply, error) {
		secret, err := s.cfg.SignIn.BeginTOTP(ctx, visitOf(ctx).badge.Cookie)
		if err != nil {
			return nil, s.refusal(err)
		}
		return &secretReply{secret}, nil
	})
	huma.Register(s.api, op("confirm-totp", http.MethodPut, "Turn the second factor on, by a code of it; gives the recovery codes"), func(ctx context.Context, q *codeQuery) (*codesReply, error) {
		codes, err := s.cfg.SignIn.ConfirmTOTP(ctx, visitOf(ctx).badge.Cookie, q.Body.Code)
		if err != nil {
			return nil, s.refusal(err)
		}
		s.note(ctx, "", "confirm-totp", "ok")
		return &codesReply{RecoveryCodes{codes}}, nil
	})
	remove := op("remove-totp", http.MethodDelete, "Turn the second factor off, by a code of it")
	remove.DefaultStatus = http.StatusNoContent
	huma.Register(s.api, remove, func(ctx context.Context, q *codeQuery) (*struct{}, error) {
		if err := s.cfg.SignIn.RemoveTOTP(ctx, visitOf(ctx).badge.Cookie, q.Body.Code); err != nil {
			s.note(ctx, "", "remove-totp", "refused")
			return nil, s.refusal(err)
		}
		s.note(ctx, "", "remove-totp", "ok")
		return nil, nil //nolint:nilnil // there is nothing to say
	})
}
