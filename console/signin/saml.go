package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/console/access"
)

// A SAML says by which identity provider of SAML 2.0 people sign in, and what its groups
// may do.
type SAML struct {
	Metadata string                    // the provider's description of itself: a file, or an https:// URL
	EntityID string                    // as which it knows us
	Groups   string                    // the attribute that holds somebody's groups; empty: groups
	Roles    map[string][]access.Grant // by group
	Agent    string                    // the attribute that names the agent whom somebody is; empty: none does
	Unasked  bool                      // sign-ins that begin at the provider are taken too
}

// bySAML is how a session began.
const bySAML = "saml"

// Further kinds in Redis.
const (
	samlRequests = "saml-requests" // hash of a request's ID -> samlRequest
	samlTickets  = "saml-tickets"  // hash of a ticket -> samlTicket
	samlSeen     = "saml-seen"     // hash of an assertion's issuer and ID -> when it may be forgotten
)

// A samlRequest is a sign-in that is at the provider. Its answer comes as a form that a page
// of the provider sends, to which browsers add no cookie of ours; so the answer is turned
// into a ticket, and the browser is sent on with it by a link, to which they do.
type samlRequest struct {
	State string    `json:"state"` // hash of what the browser's cookie holds
	ACS   string    `json:"acs"`   // where the answer must come
	Ends  time.Time `json:"ends"`
}

// A samlTicket is an answer that was believed, for the browser that asked.
type samlTicket struct {
	State string    `json:"state"` // as in the request; empty: nobody asked, and that is allowed
	Told  told      `json:"told"`
	Ends  time.Time `json:"ends"`
}

// ticketTime is what a browser has to follow a link.
const ticketTime = time.Minute

// A Doubt is why an answer of a SAML provider is not believed: Why in words of ours, for
// the audit and whoever sent it, Err for the log.
type Doubt struct { //nolint:errname // signin.Doubt reads well, as sip.Rejected does
	Why string
	Err error
}

// Error says why. Of what is for the log it gives the beginning: an answer is in it, and may
// be long.
func (d Doubt) Error() string {
	if d.Err == nil {
		return d.Why
	}
	text := []rune(d.Err.Error())
	return d.Why + ": " + string(text[:min(len(text), 300)])
}

// Unwrap gives what is for the log.
func (d Doubt) Unwrap() error { return d.Err }

func doubt(why string, err error) error { return Doubt{why, err} }

// HasSAML reports whether people may sign in by a provider of SAML.
func (s *Service) HasSAML() bool { return s.saml != nil }

// BeginSAML gives where to send a browser, at an address, that wants to sign in, and what its
// cookie must show at the end. The answer is to come to acs.
func (s *Service) BeginSAML(ctx context.Context, acs, from string) (address, state string, err error) {
	idp, err := s.saml.find(ctx, s.now())
	if err != nil {
		return "", "", err
	}
	id, state := "_"+newSecret(), newSecret()
	address, err = redirectTo(idp.door, newAuthnRequest(id, idp.door, acs, s.saml.cfg.EntityID, s.now()))
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrProvider, err)
	}
	r := samlRequest{State: hashOf(state), ACS: acs, Ends: s.now().Add(flowTime)}
	return address, state, s.store.place(ctx, samlRequests, hashOf(id), r, r.Ends, s.now(), from)
}

// AnswerSAML believes an answer that came to acs from an address, or says why not by a Doubt.
// Its ticket is for the browser that asked, within a minute.
func (s *Service) AnswerSAML(ctx context.Context, response, acs, from string) (ticket string, err error) {
	idp, err := s.saml.find(ctx, s.now())
	if err != nil {
		return "", err
	}
	text, err := base64.StdEncoding.DecodeString(strings.Map(unbroken, response))
	if err != nil {
		return "", doubt("it is not base64", nil)
	}
	r, err := readResponse(text)
	if err != nil {
		return "", err
	}
	a, err := r.signedBy(idp.certs, s.now())
	if err != nil {
		return "", err
	}
	q, err := s.asked(ctx, r.inResponseTo)
	if err != nil {
		return "", err
	}
	if q.ACS == "" {
		q.ACS = acs
	}
	want := wanted{now: s.now(), acs: q.ACS, came: acs, us: s.saml.cfg.EntityID, provider: idp.entityID, inResponseTo: r.inResponseTo}
	if err := want.of(r, a); err != nil {
		return "", err
	}
	if err := s.once(ctx, a); err != nil {
		return "", err
	}
	ticket = newSecret()
	t := samlTicket{State: q.State, Told: s.saml.read(a), Ends: s.now().Add(ticketTime)}
	return ticket, s.store.place(ctx, samlTickets, hashOf(ticket), t, t.Ends, s.now(), from)
}

// unbroken leaves out what breaks lines of base64.
func unbroken(r rune) rune {
	if strings.ContainsRune(" \t\r\n", r) {
		return -1
	}
	return r
}

// asked gives the request that an answer is to, which has one answer and no other.
func (s *Service) asked(ctx context.Context, id string) (samlRequest, error) {
	if id == "" {
		if s.saml.cfg.Unasked {
			return samlRequest{}, nil
		}
		return samlRequest{}, doubt("nobody here asked for it", nil)
	}
	q, err := load[samlRequest](ctx, s.store, samlRequests, hashOf(id))
	if errors.Is(err, errNone) {
		return q, doubt("it answers no request of ours, or one that was answered", nil)
	}
	if err != nil {
		return q, err
	}
	mine, err := s.store.drop(ctx, samlRequests, hashOf(id))
	if err != nil {
		return q, err
	}
	if !mine || !s.now().Before(q.Ends) {
		return q, doubt("it answers no request of ours, or one that was answered", nil)
	}
	return q, nil
}

// once refuses an assertion that was shown before, for as long as it would be believed.
func (s *Service) once(ctx context.Context, a *assertion) error {
	field, forgotten := hashOf(a.Issuer+"\x00"+a.ID), a.IssueInstant.Add(samlAge+2*samlSkew)
	err := change(ctx, s.store, samlSeen, field, func(before *time.Time) (*time.Time, error) {
		if before != nil {
			return nil, doubt("it was shown before", nil)
		}
		return &forgotten, nil
	})
	if err != nil {
		return err
	}
	return s.store.forgetAt(ctx, samlSeen, field, forgotten)
}

// FinishSAML opens a session for whoever has a ticket, in the browser whose cookie is given.
// Its name is that of the account, for the audit.
func (s *Service) FinishSAML(ctx context.Context, ticket, cookie string) (session, name string, err error) {
	t, err := load[samlTicket](ctx, s.store, samlTickets, hashOf(ticket))
	if errors.Is(err, errNone) {
		return "", "", ErrRefused
	}
	if err != nil {
		return "", "", err
	}
	if t.State != "" && subtle.ConstantTimeCompare([]byte(t.State), []byte(hashOf(cookie))) != 1 {
		return "", "", ErrRefused // the sign-in was begun by somebody else
	}
	if mine, err := s.store.drop(ctx, samlTickets, hashOf(ticket)); err != nil || !mine || !s.now().Before(t.Ends) {
		return "", "", errors.Join(err, ErrRefused)
	}
	return s.federate(ctx, t.Told, bySAML)
}
