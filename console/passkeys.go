package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/signin"
)

type (
	askedReply  struct{ Body json.RawMessage }
	answerQuery struct {
		Name    string `query:"name" maxLength:"48" doc:"what its owner calls the key"`
		RawBody []byte `contentType:"application/json"`
	}
	keyAnswerQuery struct {
		RawBody []byte `contentType:"application/json"`
	}
	keyQuery struct {
		ID string `path:"id" maxLength:"512"`
	}
	keyReply struct {
		Body struct {
			ID string `json:"id" doc:"to remove the key by"`
		}
	}
)

// passkeyBytes bounds an answer of WebAuthn, attestation included.
const passkeyBytes = 64 << 10

func (s *Server) passkeys() {
	op := func(id, method, path, summary string, status int, errs ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/session" + path, Tags: []string{"session"}, Summary: summary,
			DefaultStatus: status, MaxBodyBytes: passkeyBytes, Errors: errs,
			SkipValidateBody: true, // it is what the browser made, and read by package signin
		}
	}
	huma.Register(s.api, op("begin-passkey", http.MethodPost, "/passkeys/options", "What navigator.credentials.create needs", http.StatusOK, 401, 422), func(ctx context.Context, _ *struct{}) (*askedReply, error) {
		asked, err := s.cfg.SignIn.BeginPasskey(ctx, visitOf(ctx).badge.Cookie, originOf(ctx), visitOf(ctx).address)
		if err != nil {
			return nil, s.refusal(err)
		}
		return &askedReply{asked}, nil
	})
	huma.Register(s.api, op("finish-passkey", http.MethodPost, "/passkeys", "Add the key that the browser made", http.StatusOK, 401, 422), s.finishPasskey)
	huma.Register(s.api, op("remove-passkey", http.MethodDelete, "/passkeys/{id}", "Remove a key", http.StatusNoContent, 401, 422), func(ctx context.Context, q *keyQuery) (*struct{}, error) {
		if err := s.cfg.SignIn.RemovePasskey(ctx, visitOf(ctx).badge.Cookie, q.ID); err != nil {
			return nil, s.refusal(err)
		}
		s.note(ctx, "", "remove-passkey", "ok")
		return nil, nil //nolint:nilnil // there is nothing to say
	})
	huma.Register(s.api, op("begin-key-sign-in", http.MethodPost, "/passkey/options", "What navigator.credentials.get needs", http.StatusOK, 422, 429), func(ctx context.Context, _ *struct{}) (*askedReply, error) {
		if err := s.hasSignIn(); err != nil {
			return nil, err
		}
		asked, err := s.cfg.SignIn.BeginKeySignIn(ctx, originOf(ctx), visitOf(ctx).address)
		if err != nil {
			return nil, s.refusal(err)
		}
		return &askedReply{asked}, nil
	})
	huma.Register(s.api, op("sign-in-by-key", http.MethodPost, "/passkey", "Sign in by the key that the browser found; the reply sets a cookie", http.StatusNoContent, 401, 422), s.signInByKey)
}

func originOf(ctx context.Context) signin.Origin {
	v := visitOf(ctx)
	if v.secure {
		return signin.Origin{Scheme: "https", Host: v.host}
	}
	return signin.Origin{Scheme: "http", Host: v.host}
}

func (s *Server) finishPasskey(ctx context.Context, q *answerQuery) (*keyReply, error) {
	id, err := s.cfg.SignIn.FinishPasskey(ctx, visitOf(ctx).badge.Cookie, q.Name, originOf(ctx), q.RawBody)
	if err != nil {
		s.note(ctx, "", "add-passkey", "refused")
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "add-passkey", "ok")
	reply := &keyReply{}
	reply.Body.ID = id
	return reply, nil
}

func (s *Server) signInByKey(ctx context.Context, q *keyAnswerQuery) (*cookieReply, error) {
	if err := s.hasSignIn(); err != nil {
		return nil, err
	}
	cookie, name, err := s.cfg.SignIn.KeySignIn(ctx, originOf(ctx), q.RawBody)
	actor := "user:" + name
	if name == "" {
		actor = "nobody"
	}
	if errors.Is(err, signin.ErrRefused) {
		s.noteFor(ctx, actor, "", "sign-in-by-key", "refused, from "+visitOf(ctx).address)
		return nil, huma.Error401Unauthorized("this key is not known here")
	}
	if err != nil {
		return nil, s.refusal(err)
	}
	s.noteFor(ctx, actor, "", "sign-in-by-key", "ok, from "+visitOf(ctx).address)
	return s.entered(ctx, cookie), nil
}
