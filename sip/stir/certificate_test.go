package stir

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/sip/stir/stirtest"
)

// transportFunc fetches as a test wants it.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// counted counts what is fetched.
func (w *world) counted() *atomic.Int32 {
	n := new(atomic.Int32)
	w.config.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		return w.web.RoundTrip(r)
	})
	return n
}

// from is a header whose certificate is elsewhere.
func (w *world) from(address string) string {
	h := stirtest.Header(address)
	return stirtest.Identity(stirtest.Sign(w.key, h, stirtest.Payload("A", caller, called, w.config.Now())), address)
}

func TestNothingIsFetchedFromWhereItIsNotAllowed(t *testing.T) {
	w := newWorld()
	fetched := w.counted()
	for address, want := range map[string]Reason{
		"http://certificates.example/provider.pem":          ReasonAddress,
		"HTTP://certificates.example/provider.pem":          ReasonAddress,
		"file:///etc/passwd":                                ReasonAddress,
		"https://u:p@certificates.example/provider.pem":     ReasonAddress,
		"https://certificates.example/provider.pem?x=1":     ReasonAddress,
		"https://certificates.example/provider.pem#":        ReasonAddress,
		"certificates.example/provider.pem":                 ReasonAddress,
		"https:certificates.example/provider.pem":           ReasonHost,
		"https:///provider.pem":                             ReasonHost,
		"https://certificates.example.evil.example/x":       ReasonHost,
		"https://evil.certificates.example/x":               ReasonHost,
		"https://certificates.example./x":                   ReasonHost,
		"https://certificates.example:8443/x":               ReasonHost,
		"https://127.0.0.1/x":                               ReasonHost,
		"https://[::1]/x":                                   ReasonHost,
		"https://169.254.169.254/latest/meta-data":          ReasonHost,
		"https://evil.example/https://certificates.example": ReasonHost,
	} {
		w.wants(t, call(w.from(address)), Failed, want)
	}
	w.config.Hosts = nil
	w.wants(t, call(w.from(x5u)), Failed, ReasonHost)
	if n := fetched.Load(); n != 0 {
		t.Errorf("%d fetches from where none is allowed", n)
	}
}

func TestAHostIsTheSameInCapitalsAndWithThePortOfHTTPS(t *testing.T) {
	w := newWorld()
	w.config.Hosts = []string{"Certificates.example:443", "other.example:8443"}
	const again, other = "https://CERTIFICATES.example:443/provider.pem", "https://other.example:8443/provider.pem"
	w.web[again], w.web[other] = w.web[x5u], w.web[x5u]
	for _, address := range []string{x5u, again, other} {
		w.wants(t, call(w.from(address)), A, "")
	}
}

func TestNothingIsFetchedForWhatCannotProveTrue(t *testing.T) {
	w := newWorld()
	fetched := w.counted()
	w.wants(t, call(w.identity(nil, stirtest.Claims{"iat": 0})), Failed, ReasonStale)
	w.wants(t, call(w.identity(nil, stirtest.Claims{"orig": stirtest.Claims{"tn": "1"}})), Failed, ReasonCaller)
	if n := fetched.Load(); n != 0 {
		t.Errorf("%d fetches", n)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	w := newWorld()
	const there = "https://certificates.example/there.pem"
	w.web[there] = w.web[x5u]
	var asked []string
	w.config.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		res, err := w.web.RoundTrip(r)
		res.StatusCode, res.Header = http.StatusFound, http.Header{"Location": {there}}
		return res, err
	})
	w.wants(t, call(w.identity(nil, nil)), Failed, ReasonUnreachable)
	if len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
}

func TestACertificateIsKeptForItsLife(t *testing.T) {
	w := newWorld()
	fetched := w.counted()
	now := noon
	w.config.Now, w.config.CacheLife = func() time.Time { return now }, 10*time.Minute
	v := w.verifier(t)
	for _, step := range []struct {
		after   time.Duration
		fetches int32
	}{{0, 1}, {10*time.Minute - 1, 1}, {1, 2}, {0, 2}} {
		now = now.Add(step.after)
		if r := v.Verify(t.Context(), call(w.from(x5u))); r.Trust != A {
			t.Errorf("%v later: %+v", step.after, r)
		}
		if n := fetched.Load(); n != step.fetches {
			t.Errorf("%v later there were %d fetches, want %d", step.after, n, step.fetches)
		}
	}
}

func TestACertificateThatIsKeptStillExpires(t *testing.T) {
	w := newWorld()
	now := noon
	w.config.Now, w.config.CacheLife = func() time.Time { return now }, 24*time.Hour
	v := w.verifier(t)
	v.Verify(t.Context(), call(w.from(x5u)))
	now = noon.Add(2 * time.Hour)
	if r := v.Verify(t.Context(), call(w.from(x5u))); r.Reason != ReasonExpired {
		t.Errorf("%+v", r)
	}
}

func TestAFetchThatFailedIsTriedAgainAfterAWhile(t *testing.T) {
	w := newWorld()
	fetched := w.counted()
	now, good := noon, w.web[x5u]
	w.config.Now = func() time.Time { return now }
	delete(w.web, x5u)
	v := w.verifier(t)
	for range 3 {
		if r := v.Verify(t.Context(), call(w.from(x5u))); r.Reason != ReasonUnreachable {
			t.Errorf("%+v", r)
		}
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("%d fetches of what is not there", n)
	}
	w.web[x5u] = good
	now = now.Add(failureLife)
	if r := v.Verify(t.Context(), call(w.from(x5u))); r.Trust != A {
		t.Errorf("not tried again: %+v", r)
	}
}

func TestAFullShelfDropsFailuresBeforeCertificates(t *testing.T) {
	w := newWorld()
	fetched := w.counted()
	w.config.CacheEntries = 4
	v := w.verifier(t)
	v.Verify(t.Context(), call(w.from(x5u)))
	for name := range strings.FieldsSeq("a b c d e f g h") {
		v.Verify(t.Context(), call(w.from("https://certificates.example/"+name)))
	}
	if n := len(v.certs.kept); n != 4 {
		t.Errorf("%d entries are kept, want 4", n)
	}
	before := fetched.Load()
	if r := v.Verify(t.Context(), call(w.from(x5u))); r.Trust != A || fetched.Load() != before {
		t.Errorf("the certificate was pushed out by what is none: %+v", r)
	}
}

func TestCallsAtOnceShareAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		fetched := new(atomic.Int32)
		w.config.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			fetched.Add(1)
			time.Sleep(time.Second)
			return w.web.RoundTrip(r)
		})
		v, id := w.verifier(t), w.identity(nil, nil)
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() {
				if r := v.Verify(t.Context(), call(id)); r.Trust != A {
					t.Errorf("%+v", r)
				}
			})
		}
		calls.Wait()
		if n := fetched.Load(); n != 1 {
			t.Errorf("%d fetches for fifty calls", n)
		}
	})
}

// hung is a web that never answers.
func hung(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAFetchEndsAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.Transport = transportFunc(hung)
		start := time.Now()
		w.wants(t, call(w.identity(nil, nil)), Failed, ReasonUnreachable)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("given up after %v, want 2s", took)
		}
	})
}

func TestACallThatIsGoneNeedNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			late := time.NewTimer(time.Second)
			defer late.Stop()
			select {
			case <-late.C:
				return w.web.RoundTrip(r)
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		v, id := w.verifier(t), w.identity(nil, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if r := v.Verify(ctx, call(id)); r.Reason != ReasonUnreachable || time.Since(start) != 100*time.Millisecond {
			t.Errorf("%+v after %v", r, time.Since(start))
		}
		if r := v.Verify(t.Context(), call(id)); r.Trust != A {
			t.Errorf("the fetch ended with the call that asked first: %+v", r)
		}
	})
}

func TestTheDefaultTransportFetchesOverTLSAndLeavesNothing(t *testing.T) {
	w := newWorld()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write(w.web[x5u])
	}))
	defer srv.Close()
	own := transport()
	own.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig
	w.config.Transport, w.config.Hosts = own, []string{strings.TrimPrefix(srv.URL, "https://")}
	w.wants(t, call(w.from(srv.URL+"/provider.pem")), A, "")
}

func TestAConfigOfRootsAndHostsIsEnough(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake: the system does not trust this web site
	srv.StartTLS()
	defer srv.Close()
	w := newWorld()
	w.config = Config{Roots: w.config.Roots, Hosts: []string{strings.TrimPrefix(srv.URL, "https://")}}
	id := stirtest.Identity(stirtest.Sign(w.key,
		stirtest.Header(srv.URL), stirtest.Payload("A", caller, called, time.Now())), srv.URL)
	w.wants(t, call(id), Failed, ReasonUnreachable)
}
