package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// User is what is told of an account.
type User struct {
	Name       string    `json:"name"`
	Grants     []string  `json:"grants" doc:"ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE" example:"viewer@acme"`
	Disabled   bool      `json:"disabled"`
	Passphrase bool      `json:"passphrase" doc:"it has one"`
	Passkeys   int       `json:"passkeys"`
	Factor     bool      `json:"second_factor"`
	Provider   string    `json:"provider,omitempty" doc:"the identity provider that vouches for it"`
	Shown      string    `json:"shown,omitempty" doc:"what the provider calls it"`
	Created    time.Time `json:"created"`
}

// Link is a one-time link. It can be read this once.
type Link struct {
	Token string `json:"token" doc:"the link is the server's address, /welcome# and this"`
}

type (
	usersReply   struct{ Body []User }
	linkReply    struct{ Body Link }
	addUserQuery struct {
		Body struct {
			Name   string   `json:"name" maxLength:"64"`
			Grants []string `json:"grants" maxItems:"64" doc:"ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE"`
		}
	}
	userQuery struct {
		Name string `path:"name" maxLength:"64"`
	}
	changeUserQuery struct {
		Name string `path:"name" maxLength:"64"`
		Body struct {
			Grants   []string `json:"grants,omitempty" maxItems:"64" doc:"in place of those that there are; none: they stay"`
			Disabled *bool    `json:"disabled,omitempty" doc:"locked: sessions end, and nobody signs in"`
		}
	}
)

func (s *Server) users() {
	op := func(id, method, path, summary string, status int, errs ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/users" + path, Tags: []string{"users"}, Summary: summary, DefaultStatus: status, Errors: errs,
		}
	}
	huma.Register(s.api, op("list-users", http.MethodGet, "", "Accounts by name", http.StatusOK), s.listUsers)
	huma.Register(s.api, op("add-user", http.MethodPost, "", "Add an account; gives the one-time link that opens it", http.StatusOK, 409, 422), s.addUser)
	huma.Register(s.api, op("change-user", http.MethodPut, "/{name}", "Give other roles, lock or unlock", http.StatusNoContent, 404, 422), s.changeUser)
	huma.Register(s.api, op("reset-user", http.MethodPost, "/{name}/reset", "Take all that an account signs in with; gives the one-time link that opens it again", http.StatusOK, 404), s.resetUser)
	huma.Register(s.api, op("remove-user", http.MethodDelete, "/{name}", "Forget an account", http.StatusNoContent, 404), s.removeUser)
}

func (s *Server) listUsers(ctx context.Context, _ *struct{}) (*usersReply, error) {
	all, err := s.cfg.SignIn.Accounts(ctx)
	if err != nil {
		return nil, s.refusal(err)
	}
	reply := &usersReply{Body: []User{}}
	for _, a := range all {
		reply.Body = append(reply.Body, User{
			Name: a.Name, Grants: textsOf(a.Grants), Disabled: a.Disabled, Passphrase: a.Passphrase != "", Passkeys: len(a.Passkeys), Factor: a.TOTP != "", Provider: a.Issuer, Shown: a.Shown, Created: a.Created,
		})
	}
	return reply, nil
}

func (s *Server) addUser(ctx context.Context, q *addUserQuery) (*linkReply, error) {
	grants, err := grantsOf(q.Body.Grants)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.SignIn.Add(ctx, q.Body.Name, grants); err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "add-user", fmt.Sprintf("user:%s as %v", q.Body.Name, q.Body.Grants))
	return s.linkTo(ctx, q.Body.Name)
}

func (s *Server) linkTo(ctx context.Context, name string) (*linkReply, error) {
	secret, err := s.cfg.SignIn.Link(ctx, name)
	if err != nil {
		return nil, s.refusal(err)
	}
	return &linkReply{Link{secret}}, nil
}

func (s *Server) changeUser(ctx context.Context, q *changeUserQuery) (*struct{}, error) {
	if len(q.Body.Grants) > 0 {
		grants, err := grantsOf(q.Body.Grants)
		if err != nil {
			return nil, err
		}
		if err := s.cfg.SignIn.Grant(ctx, q.Name, grants); err != nil {
			return nil, s.refusal(err)
		}
		s.note(ctx, "", "change-user", fmt.Sprintf("user:%s is now %v", q.Name, q.Body.Grants))
	}
	if q.Body.Disabled == nil {
		return nil, nil //nolint:nilnil // there is nothing to say
	}
	if err := s.cfg.SignIn.Disable(ctx, q.Name, *q.Body.Disabled); err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "change-user", fmt.Sprintf("user:%s locked: %t", q.Name, *q.Body.Disabled))
	return nil, nil //nolint:nilnil // there is nothing to say
}

func (s *Server) resetUser(ctx context.Context, q *userQuery) (*linkReply, error) {
	if err := s.cfg.SignIn.Reset(ctx, q.Name); err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "reset-user", "user:"+q.Name)
	return s.linkTo(ctx, q.Name)
}

func (s *Server) removeUser(ctx context.Context, q *userQuery) (*struct{}, error) {
	if err := s.cfg.SignIn.Remove(ctx, q.Name); err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "remove-user", "user:"+q.Name)
	return nil, nil //nolint:nilnil // there is nothing to say
}

func textsOf(grants []access.Grant) []string {
	out := make([]string, len(grants))
	for i, g := range grants {
		out[i] = g.String()
	}
	return out
}

func grantsOf(texts []string) ([]access.Grant, error) {
	out := make([]access.Grant, len(texts))
	var err error
	for i, text := range texts {
		if out[i], err = access.ParseGrant(text); err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
	}
	return out, nil
}

type (
	tokensReply struct{ Body []signin.Token }
	issueQuery  struct {
		Body struct {
			Name   string   `json:"name" maxLength:"64" doc:"what it is for"`
			Grants []string `json:"grants" maxItems:"64" doc:"ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE"`
			Life   int64    `json:"life_seconds" minimum:"60" maximum:"31622400" doc:"how long it is good for, up to 366 days"`
		}
	}
	issueReply struct{ Body Issued }
	tokenQuery struct {
		ID string `path:"id" maxLength:"64"`
	}
)

// Issued is a new API token.
type Issued struct {
	Token string       `json:"token" doc:"it can be read this once"`
	About signin.Token `json:"about"`
}

func (s *Server) tokens() {
	huma.Register(s.api, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/api/v1/tokens", Tags: []string{"tokens"}, Summary: "API tokens that are good",
	}, func(ctx context.Context, _ *struct{}) (*tokensReply, error) {
		all, err := s.cfg.SignIn.Tokens(ctx)
		if err != nil {
			return nil, s.refusal(err)
		}
		return &tokensReply{all}, nil
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "issue-token", Method: http.MethodPost, Path: "/api/v1/tokens", Tags: []string{"tokens"}, Summary: "Make an API token", Errors: []int{422},
	}, s.issueToken)
	huma.Register(s.api, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/api/v1/tokens/{id}", Tags: []string{"tokens"}, Summary: "Revoke an API token: it is good for nothing at once",
		DefaultStatus: http.StatusNoContent, Errors: []int{404},
	}, func(ctx context.Context, q *tokenQuery) (*struct{}, error) {
		t, err := s.cfg.SignIn.Revoke(ctx, q.ID)
		if err != nil {
			return nil, s.refusal(err)
		}
		s.note(ctx, "", "revoke-token", "token:"+t.Name)
		return nil, nil //nolint:nilnil // there is nothing to say
	})
}

func (s *Server) issueToken(ctx context.Context, q *issueQuery) (*issueReply, error) {
	grants, err := grantsOf(q.Body.Grants)
	if err != nil {
		return nil, err
	}
	by := visitOf(ctx).who.Name
	token, about, err := s.cfg.SignIn.Issue(ctx, q.Body.Name, by, grants, time.Duration(q.Body.Life)*time.Second)
	if err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "issue-token", fmt.Sprintf("token:%s as %v until %s", about.Name, q.Body.Grants, about.Ends.Format(time.DateOnly)))
	return &issueReply{Issued{token, about}}, nil
}
