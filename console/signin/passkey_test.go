package signin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
)

// A device holds keys, as a telephone does.
type device struct {
	virtualwebauthn.Authenticator

	d   *desk
	key virtualwebauthn.Credential
	rp  virtualwebauthn.RelyingParty
}

func home() Origin { return Origin{"http", "localhost:8080"} }

func (d *desk) device() *device {
	return &device{
		Authenticator: virtualwebauthn.NewAuthenticator(), d: d, key: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
		rp: virtualwebauthn.RelyingParty{ID: "localhost", Name: "Callward", Origin: "http://localhost:8080"},
	}
}

// enrol makes a key for a session's account.
func (v *device) enrol(cookie string) (string, error) {
	v.d.t.Helper()
	asked, err := v.d.BeginPasskey(v.d.t.Context(), cookie, home(), "192.0.2.1")
	if err != nil {
		return "", err
	}
	options, err := virtualwebauthn.ParseAttestationOptions(string(asked))
	v.d.must(err)
	v.Options.UserHandle = []byte(options.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(v.rp, v.Authenticator, v.key, *options)
	return v.d.FinishPasskey(v.d.t.Context(), cookie, "phone", home(), []byte(answer))
}

// answer signs a question to sign in by.
func (v *device) answer() string {
	v.d.t.Helper()
	asked, err := v.d.BeginKeySignIn(v.d.t.Context(), home(), "192.0.2.1")
	v.d.must(err)
	options, err := virtualwebauthn.ParseAssertionOptions(string(asked))
	v.d.must(err)
	v.key.Counter++
	return virtualwebauthn.CreateAssertionResponse(v.rp, v.Authenticator, v.key, *options)
}

func (d *desk) keySignIn(answer string) (string, error) {
	cookie, _, err := d.KeySignIn(d.t.Context(), home(), []byte(answer))
	return cookie, err
}

func TestAPasskeySignsInByItself(t *testing.T) {
	d := newDesk(t)
	v := d.device()
	id, err := v.enrol(d.open("jean"))
	d.must(err)
	answer := v.answer()
	cookie, err := d.keySignIn(answer)
	d.must(err)
	if !d.known(cookie) {
		t.Error("the session is not open")
	}
	if _, err := d.keySignIn(answer); !errors.Is(err, ErrRefused) {
		t.Errorf("an answer that was overheard: %v", err)
	}
	late := v.answer()
	d.at = d.at.Add(ceremonyTime)
	if _, err := d.keySignIn(late); !errors.Is(err, ErrRefused) {
		t.Errorf("an answer that comes late: %v", err)
	}
	d.must(d.Disable(t.Context(), "jean", true))
	if _, err := d.keySignIn(v.answer()); !errors.Is(err, ErrRefused) {
		t.Errorf("a locked account: %v", err)
	}
	d.must(d.Disable(t.Context(), "jean", false))
	cookie, err = d.keySignIn(v.answer())
	d.must(err)
	d.must(d.RemovePasskey(t.Context(), cookie, id))
	if _, err := d.keySignIn(v.answer()); !errors.Is(err, ErrRefused) {
		t.Errorf("a key that was removed: %v", err)
	}
}

func TestAnAnswerThatIsNotTheDevicesOwnIsRefused(t *testing.T) {
	d := newDesk(t)
	v := d.device()
	_, err := v.enrol(d.open("jean"))
	d.must(err)
	good := *v
	for name, spoil := range map[string]func(v *device){
		"another key":            func(v *device) { v.key.Key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2).Key },
		"another site":           func(v *device) { v.rp.Origin = "http://localhost:9999" },
		"another name":           func(v *device) { v.rp.ID = "evil.example" },
		"nobody touched it":      func(v *device) { v.Options.UserNotVerified = true },
		"another account":        func(v *device) { v.Options.UserHandle = []byte("somebody else") },
		"a copy that counts low": func(v *device) { v.key.Counter = 0 },
	} {
		*v = good
		if name == "a copy that counts low" {
			v.key.Counter = 9
			_, err := d.keySignIn(v.answer())
			d.must(err)
		}
		spoil(v)
		answer := v.answer()
		if _, err := d.keySignIn(answer); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, answer := range []string{"", "{}", "null", "[]", strings.Repeat("[", 1000), `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`} {
		if _, err := d.keySignIn(answer); err == nil {
			t.Errorf("%.40q is taken", answer)
		}
	}
}

func TestAStolenSessionAddsNoKey(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	d.at = d.at.Add(freshSession + time.Second)
	if _, err := d.device().enrol(cookie); err == nil || !strings.Contains(err.Error(), "sign in again") {
		t.Errorf("late: %v", err)
	}
	jean, err := d.signIn("jean", phrase, "")
	d.must(err)
	marie := d.open("marie")
	asked, err := d.BeginPasskey(t.Context(), jean, home(), "192.0.2.1")
	d.must(err)
	options, err := virtualwebauthn.ParseAttestationOptions(string(asked))
	d.must(err)
	v := d.device()
	answer := virtualwebauthn.CreateAttestationResponse(v.rp, v.Authenticator, v.key, *options)
	if _, err := d.FinishPasskey(t.Context(), marie, "", home(), []byte(answer)); !errors.Is(err, ErrRefused) {
		t.Errorf("a key that was asked of another: %v", err)
	}
}

func TestAnAddressHasNoPasskeys(t *testing.T) {
	d := newDesk(t)
	for _, host := range []string{"127.0.0.1:8080", "[::1]:8080", "[::1]", ""} {
		if _, err := d.BeginKeySignIn(t.Context(), Origin{"http", host}, "192.0.2.1"); err == nil || !strings.Contains(err.Error(), "http://localhost") {
			t.Errorf("%s: %v", host, err)
		}
	}
}
