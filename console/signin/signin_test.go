package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/router/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A desk is a service over an embedded Redis, on a clock that a test moves.
type desk struct {
	*Service

	t      *testing.T
	client redis.UniversalClient
	at     time.Time
}

// cheap is no cost that anybody should use.
func cheap() Cost { return Cost{MemoryKiB: 64, Passes: 1, Lanes: 1} }

func newDesk(t *testing.T) *desk {
	t.Helper()
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	d := &desk{t: t, client: client, at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	d.Service = d.node()
	return d
}

// node is another process on the same Redis and clock.
func (d *desk) node() *Service {
	return New(Config{Client: d.client, Now: func() time.Time { return d.at }, Cost: cheap()})
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

const phrase = "nine lamps over quiet water"

// open makes an account with a passphrase, and gives a session of it.
func (d *desk) open(name string) string {
	d.t.Helper()
	d.must(d.Add(d.t.Context(), name, []access.Grant{{Role: access.Viewer, Tenant: "acme"}}))
	secret, err := d.Link(d.t.Context(), name)
	d.must(err)
	cookie, who, err := d.Redeem(d.t.Context(), secret)
	d.must(err)
	if who != name {
		d.t.Fatalf("the link is %s's", who)
	}
	cookie, err = d.SetPassphrase(d.t.Context(), cookie, "", phrase)
	d.must(err)
	return cookie
}

func (d *desk) signIn(name, passphrase, code string) (string, error) {
	return d.SignIn(d.t.Context(), Attempt{Name: name, Passphrase: passphrase, Code: code, Address: "127.0.0.1"})
}

// known reports whether a cookie is good on any node.
func (d *desk) known(cookie string) bool {
	d.t.Helper()
	p, err := d.node().Identify(d.t.Context(), Badge{Cookie: cookie}, true)
	if err != nil && !errors.Is(err, ErrUnknown) {
		d.t.Fatal(err)
	}
	return p.Known()
}

func TestTheFirstLinkMakesAnAdminOnce(t *testing.T) {
	d := newDesk(t)
	link, err := d.FirstLink(t.Context())
	d.must(err)
	cookie, name, err := d.node().Redeem(t.Context(), link)
	d.must(err)
	p, err := d.Identify(t.Context(), Badge{Cookie: cookie}, true)
	d.must(err)
	if name != FirstAccount || p.Name != "user:admin" || !p.May(access.ManageUsers).Everywhere() {
		t.Errorf("%s is %+v", name, p)
	}
	if _, _, err := d.Redeem(t.Context(), link); !errors.Is(err, ErrRefused) {
		t.Errorf("a second use: %v", err)
	}
	early, err := d.FirstLink(t.Context()) // the admin has nothing yet to sign in with
	d.must(err)
	_, err = d.SetPassphrase(t.Context(), cookie, "", phrase)
	d.must(err)
	if late, err := d.FirstLink(t.Context()); err != nil || late != "" {
		t.Errorf("a first link once there is an admin: %q, %v", late, err)
	}
	if _, _, err := d.Redeem(t.Context(), early); !errors.Is(err, ErrRefused) {
		t.Errorf("a first link of before there was an admin: %v", err)
	}
}

func TestALinkIsGoodForAQuarterOfAnHour(t *testing.T) {
	d := newDesk(t)
	for _, tc := range []struct {
		after time.Duration
		want  error
	}{{15*time.Minute - time.Second, nil}, {15 * time.Minute, ErrRefused}} {
		link, err := d.FirstLink(t.Context())
		d.must(err)
		d.at = d.at.Add(tc.after)
		if _, _, err := d.Redeem(t.Context(), link); !errors.Is(err, tc.want) {
			t.Errorf("after %s: %v, want %v", tc.after, err, tc.want)
		}
	}
}

func TestOfManyWhoUseALinkAtOnceOneComesIn(t *testing.T) {
	d := newDesk(t)
	link, err := d.FirstLink(t.Context())
	d.must(err)
	var all sync.WaitGroup
	in := make(chan string, 20)
	for range cap(in) {
		all.Go(func() {
			if cookie, _, err := d.node().Redeem(t.Context(), link); err == nil {
				in <- cookie
			}
		})
	}
	all.Wait()
	if len(in) != 1 {
		t.Errorf("%d came in", len(in))
	}
}

func TestASessionEndsByDisuseByAgeAndBySigningOut(t *testing.T) {
	d := newDesk(t)
	d.open("jean")
	in := func() string {
		cookie, err := d.signIn("jean", phrase, "")
		d.must(err)
		return cookie
	}
	cookie := in()
	d.at = d.at.Add(59 * time.Minute)
	if !d.known(cookie) {
		t.Error("it ended before an hour without use")
	}
	d.at = d.at.Add(59 * time.Minute)
	if !d.known(cookie) {
		t.Error("use does not keep it")
	}
	if d.at = d.at.Add(time.Hour); d.known(cookie) {
		t.Error("it outlives an hour without use")
	}
	cookie = in()
	for range 23 {
		d.at = d.at.Add(30 * time.Minute)
		d.known(cookie)
	}
	if !d.known(cookie) {
		t.Error("it ended before twelve hours")
	}
	if d.at = d.at.Add(30 * time.Minute); d.known(cookie) {
		t.Error("it outlives twelve hours")
	}
	cookie = in()
	d.must(d.SignOut(t.Context(), cookie))
	if d.known(cookie) {
		t.Error("it outlives its end")
	}
}

func TestALookDoesNotKeepASession(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	for range 4 {
		d.at = d.at.Add(15 * time.Minute)
		_, _ = d.Identify(t.Context(), Badge{Cookie: cookie}, false)
	}
	if d.known(cookie) {
		t.Error("an open stream keeps a session for ever")
	}
}

func TestWhatChangesAnAccountCountsInItsSessionsAtOnce(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]func(context.Context) error{
		"locked":  func(ctx context.Context) error { return d.Disable(ctx, "locked", true) },
		"reset":   func(ctx context.Context) error { return d.Reset(ctx, "reset") },
		"removed": func(ctx context.Context) error { return d.Remove(ctx, "removed") },
	} {
		cookie := d.open(name)
		if !d.known(cookie) {
			t.Fatal("the session is not open")
		}
		d.must(change(t.Context()))
		if d.known(cookie) {
			t.Errorf("%s: the session goes on", name)
		}
		if _, err := d.signIn(name, phrase, ""); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: signs in with %v", name, err)
		}
	}
	cookie := d.open("jean")
	d.must(d.Grant(t.Context(), "jean", []access.Grant{{Role: access.Auditor, Tenant: "other"}}))
	p, err := d.node().Identify(t.Context(), Badge{Cookie: cookie}, true)
	if err != nil || p.May(access.ReadBoard).Anywhere() || !p.May(access.ReadAudit).Tenant("other") {
		t.Errorf("other roles: %+v, %v", p, err)
	}
}

func TestWhoIsAddedAgainIsAnother(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	unused, err := d.Link(t.Context(), "jean")
	d.must(err)
	d.must(d.Remove(t.Context(), "jean"))
	d.at = d.at.Add(time.Second)
	d.must(d.Add(t.Context(), "jean", []access.Grant{{Role: access.Admin, Tenant: access.AllTenants}}))
	if d.known(cookie) {
		t.Error("an old session has the new roles")
	}
	if _, _, err := d.Redeem(t.Context(), unused); !errors.Is(err, ErrRefused) {
		t.Errorf("an old link gives %v", err)
	}
}

func TestANewPassphraseEndsTheOtherSessions(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	other, err := d.signIn("jean", phrase, "")
	d.must(err)
	if _, err := d.SetPassphrase(t.Context(), cookie, "not the old one", "seven slow boats at dusk"); !errors.Is(err, ErrRefused) {
		t.Errorf("without the old one: %v", err)
	}
	fresh, err := d.SetPassphrase(t.Context(), cookie, phrase, "seven slow boats at dusk")
	d.must(err)
	if d.known(cookie) || d.known(other) || !d.known(fresh) {
		t.Error("who had the old passphrase is still in, or who changed it is out")
	}
}

// No secret can be read from what a thief of the Redis would hold.
func TestRedisHoldsNoSecretThatOpensTheDoor(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	link, err := d.Link(t.Context(), "jean")
	d.must(err)
	token, _, err := d.Issue(t.Context(), "board", "user:jean", []access.Grant{{Role: access.Viewer, Tenant: "acme"}}, time.Hour)
	d.must(err)
	keys, err := d.client.Keys(t.Context(), "*").Result()
	d.must(err)
	var all strings.Builder
	for _, k := range keys {
		if strings.HasSuffix(k, "expiry") {
			fmt.Fprint(&all, d.client.ZRange(t.Context(), k, 0, -1).Val())
			continue
		}
		fmt.Fprint(&all, k, d.client.HGetAll(t.Context(), k).Val())
	}
	if !strings.Contains(all.String(), "jean") {
		t.Fatalf("nothing was read of %v", keys)
	}
	for what, secret := range map[string]string{"cookie": cookie, "link": link, "token": token, "passphrase": phrase} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("the %s is in Redis", what)
		}
	}
}

func TestWrongPassphrasesMustWaitLongerAndLonger(t *testing.T) {
	d := newDesk(t)
	d.open("jean")
	var waits []time.Duration
	for range 9 {
		_, err := d.signIn("jean", "wrong", "")
		if w, ok := errors.AsType[Wait](err); ok {
			waits = append(waits, w.For)
			if _, err := d.signIn("jean", phrase, ""); !errors.As(err, &w) {
				t.Errorf("the right one is tried meanwhile: %v", err)
			}
			d.at = d.at.Add(w.For)
			_, err = d.signIn("jean", "wrong", "")
		}
		if !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(waits) != "[2s 4s 8s 16s]" {
		t.Errorf("waits %v", waits)
	}
	d.at = d.at.Add(longestWait)
	if _, err := d.signIn("jean", phrase, ""); err != nil {
		t.Errorf("the account is locked for good: %v", err)
	}
}

func TestTriesAtOnceCountAllTheSame(t *testing.T) {
	d := newDesk(t)
	d.open("jean")
	var all sync.WaitGroup
	tried := make(chan error, 40)
	for range cap(tried) {
		all.Go(func() {
			_, err := d.node().SignIn(t.Context(), Attempt{Name: "jean", Passphrase: "wrong", Address: "127.0.0.1"})
			tried <- err
		})
	}
	all.Wait()
	close(tried)
	n := 0
	for err := range tried {
		if errors.Is(err, ErrRefused) {
			n++
		}
	}
	if n > freeOfAccount {
		t.Errorf("%d passphrases were compared", n)
	}
}

func TestASecondFactorIsAskedForAndTakenOnce(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	secret, err := d.BeginTOTP(t.Context(), cookie)
	d.must(err)
	if _, err := d.signIn("jean", phrase, ""); err != nil {
		t.Errorf("a factor that was not confirmed is asked for: %v", err)
	}
	if _, err := d.ConfirmTOTP(t.Context(), cookie, "000000"); err == nil {
		t.Error("any code confirms it")
	}
	code := func() string {
		c, err := totp.GenerateCode(secret.Text, d.at)
		d.must(err)
		return c
	}
	recovery, err := d.ConfirmTOTP(t.Context(), cookie, code())
	d.must(err)
	if len(recovery) != recoveryCodes {
		t.Errorf("%d recovery codes", len(recovery))
	}
	if _, err := d.signIn("jean", phrase, ""); !errors.Is(err, ErrCode) {
		t.Errorf("without a code: %v", err)
	}
	if _, err := d.signIn("jean", phrase, code()); !errors.Is(err, ErrRefused) {
		t.Errorf("with the code that confirmed it: %v", err)
	}
	d.at = d.at.Add(time.Minute)
	if _, err := d.signIn("jean", phrase, code()); err != nil {
		t.Errorf("with a code: %v", err)
	}
	if _, err := d.signIn("jean", phrase, code()); !errors.Is(err, ErrRefused) {
		t.Errorf("with the same code again: %v", err)
	}
	d.at = d.at.Add(time.Hour)
	for _, c := range []string{recovery[0], strings.ToLower(strings.ReplaceAll(recovery[1], "-", " "))} {
		if _, err := d.signIn("jean", phrase, c); err != nil {
			t.Errorf("with a recovery code: %v", err)
		}
		if _, err := d.signIn("jean", phrase, c); !errors.Is(err, ErrRefused) {
			t.Errorf("with the same recovery code again: %v", err)
		}
	}
}

// Who knows the passphrase must not be able to try codes for ever, by asking in between
// to be asked for one.
func TestWrongCodesMustWaitToo(t *testing.T) {
	d := newDesk(t)
	cookie := d.open("jean")
	secret, err := d.BeginTOTP(t.Context(), cookie)
	d.must(err)
	code, err := totp.GenerateCode(secret.Text, d.at)
	d.must(err)
	_, err = d.ConfirmTOTP(t.Context(), cookie, code)
	d.must(err)
	tried := 0
	for range 40 {
		if _, err := d.signIn("jean", phrase, "no code"); errors.Is(err, ErrRefused) {
			tried++
		}
		_, _ = d.signIn("jean", phrase, "")
	}
	if tried > freeOfAccount {
		t.Errorf("%d codes were tried", tried)
	}
}

func TestATokenIsGoodUntilItEndsOrIsRevoked(t *testing.T) {
	d := newDesk(t)
	grants := []access.Grant{{Role: access.Viewer, Tenant: "acme"}}
	token, about, err := d.Issue(t.Context(), "board", "user:jean", grants, time.Hour)
	d.must(err)
	who := func(bearer string) string {
		p, err := d.node().Identify(t.Context(), Badge{Bearer: bearer, Cookie: "ignored"}, true)
		if err != nil && !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
		return p.Name
	}
	if who(token) != "token:board" || who(token+"x") != "" || who(about.ID) != "" {
		t.Error("a token is not taken, or what is none is")
	}
	d.at = d.at.Add(time.Hour)
	if who(token) != "" {
		t.Error("it outlives its end")
	}
	d.at = d.at.Add(-time.Minute)
	if _, err := d.Revoke(t.Context(), about.ID); err != nil || who(token) != "" {
		t.Errorf("it outlives being revoked: %v", err)
	}
	if left, err := d.Tokens(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, life := range []time.Duration{0, time.Second, 400 * 24 * time.Hour} {
		if _, _, err := d.Issue(t.Context(), "board", "", grants, life); err == nil {
			t.Errorf("a token for %s is made", life)
		}
	}
}

func TestWhatAnybodyWouldTryIsNoPassphrase(t *testing.T) {
	for _, bad := range []string{
		"short", "passwordpassword", "Password123456789", "aaaaaaaaaaaaaaaaaaaa", "123456789012345678", "jean.jean.jean.jean", "callwardcallward1",
		"qwertyuiopasdfghjkl", "abababababababab", strings.Repeat("long enough ", 30), "correct horse battery staple", "bad \xff utf8 passphrase",
	} {
		if CheckPassphrase("jean", bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{phrase, "quatre chemins vers le lac", "ünïcödé wörter überall", "k3!x9Q_vv7#mPz2", strings.Repeat("0aé鯨zk", 42)} {
		if err := CheckPassphrase("jean", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

// The same characters typed on two keyboards are the same passphrase.
func TestAPassphraseIsComparedByItsCharacters(t *testing.T) {
	h := newHasher(cheap())
	hash, err := h.hash(t.Context(), "caf\u00e9 au lait le matin")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.matches(t.Context(), "cafe\u0301 au lait le matin", hash); err != nil || !ok {
		t.Errorf("composed otherwise: %v, %v", ok, err)
	}
	if ok, _ := h.matches(t.Context(), "cafe au lait le matin", hash); ok {
		t.Error("another passphrase matches")
	}
	if ok, err := h.matches(t.Context(), "anything", ""); ok || err != nil {
		t.Errorf("no passphrase matches: %v, %v", ok, err)
	}
}

func TestWhatIsForgottenLeavesNothing(t *testing.T) {
	d := newDesk(t)
	d.open("jean")
	_, _ = d.signIn("nobody", "wrong", "")
	d.at = d.at.Add(24 * time.Hour)
	d.must(d.store.sweep(t.Context(), d.at))
	for _, kind := range []string{sessions, links, tries} {
		if n := d.client.HLen(t.Context(), prefix+kind).Val(); n != 0 {
			t.Errorf("%d %s are left", n, kind)
		}
	}
}
