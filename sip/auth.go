package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"

	gosip "github.com/emiago/sipgo/sip"
)

// Digest authentication (RFC 3261 section 22, RFC 7616, RFC 8760), both ends.

// login answers challenges. It is shared by the requests of one call. A nil login
// answers none.
type login struct {
	user, password string

	mu    sync.Mutex
	chal  *digest.Challenge
	proxy bool
	count int
	last  string // what the last INVITE carried; its ACK carries the same
}

// challenged takes the strongest challenge of a 401 or 407 we can answer. The
// second time round only a stale nonce is an excuse to try again.
func (g *login) challenged(res *gosip.Response, try int) bool {
	if g == nil || res.StatusCode != 401 && res.StatusCode != 407 {
		return false
	}
	chal := bestChallenge(res)
	if chal == nil || try > 0 && !chal.Stale {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.chal, g.proxy, g.count = chal, res.StatusCode == 407, 0
	return true
}

// knows reports whether a challenge is from a realm we logged in at before.
// Nobody else gets to see what our password makes.
func (g *login) knows(res *gosip.Response) bool {
	if g == nil || res.StatusCode != 401 && res.StatusCode != 407 {
		return false
	}
	chal := bestChallenge(res)
	g.mu.Lock()
	defer g.mu.Unlock()
	return chal != nil && g.chal != nil && chal.Realm == g.chal.Realm
}

func bestChallenge(res *gosip.Response) *digest.Challenge {
	name := "WWW-Authenticate"
	if res.StatusCode == 407 {
		name = "Proxy-Authenticate"
	}
	var best *digest.Challenge
	for _, h := range res.GetHeaders(name) {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(c) || len(c.QOP) > 0 && !supportsAuth(c) {
			continue
		}
		if best == nil || rank(c) > rank(best) {
			best = c
		}
	}
	return best
}

// supportsAuth trims the list "auth, auth-int" that digest leaves with its blanks.
func supportsAuth(c *digest.Challenge) bool {
	for i, q := range c.QOP {
		c.QOP[i] = strings.TrimSpace(q)
	}
	return c.SupportsQOP("auth")
}

func rank(c *digest.Challenge) int {
	switch strings.ToUpper(c.Algorithm) {
	case "SHA-256":
		return 2
	case "SHA-512-256":
		return 3
	}
	return 1
}

// sign adds credentials to req if a challenge is known.
func (g *login) sign(req *gosip.Request) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.chal == nil {
		return
	}
	name := "Authorization"
	if g.proxy {
		name = "Proxy-Authorization"
	}
	if req.Method == gosip.ACK { // RFC 3261 section 22.1
		if g.last != "" {
			req.AppendHeader(gosip.NewHeader(name, g.last))
		}
		return
	}
	g.count++
	cred, err := digest.Digest(g.chal, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: g.user, Password: g.password, Count: g.count,
	})
	if err != nil {
		return
	}
	req.RemoveHeader(name)
	req.AppendHeader(gosip.NewHeader(name, cred.String()))
	if req.Method == gosip.INVITE {
		g.last = cred.String()
	}
}

// gate checks credentials of those who register.
type gate struct {
	realm      string
	algorithms []string
	secret     []byte
	life       time.Duration
	lookup     func(string) (string, bool)
	now        func() time.Time

	mu   sync.Mutex
	seen map[string]nonceUse
}

// nonceUse is how far the count of a nonce got, and when the nonce is old.
type nonceUse struct {
	count int
	until time.Time
}

const maxNonces = 20000 // in use at once, each by somebody who knew a password

type verdict uint8

const (
	unknownCaller verdict = iota // no credentials, or a nonce that is not ours
	staleNonce                   // right, but the nonce is old or its count went back
	wrongSecret                  // no such user, or not the password
	welcome
)

// challenge is a WWW-Authenticate header for each algorithm (RFC 8760 section 2.4).
func (g *gate) challenge(req *gosip.Request, stale bool) []gosip.Header {
	nonce := g.nonce()
	var hs []gosip.Header
	for _, alg := range g.offered(req) {
		c := digest.Challenge{Realm: g.realm, Nonce: nonce, Algorithm: alg, QOP: []string{"auth"}, Stale: stale}
		hs = append(hs, gosip.NewHeader("WWW-Authenticate", c.String()))
	}
	return hs
}

// nonce is the time, eight random bytes, and a MAC over both: nothing is stored
// until somebody has used it well.
func (g *gate) nonce() string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(g.now().UnixMilli()))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(append(b, g.mac(b)...))
}

func (g *gate) mac(b []byte) []byte {
	h := hmac.New(sha256.New, g.secret)
	_, _ = h.Write([]byte("nonce"))
	_, _ = h.Write(b)
	return h.Sum(nil)[:16]
}

// nonceTime is when a nonce of ours was made.
func (g *gate) nonceTime(nonce string) (time.Time, bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], g.mac(b[:16])) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b))), true
}

// check judges the credentials of a request. An unknown user costs as much as a
// wrong password and is answered alike.
func (g *gate) check(req *gosip.Request) (user string, v verdict) {
	cred := g.credentials(req)
	if cred == nil {
		return "", unknownCaller
	}
	made, ok := g.nonceTime(cred.Nonce)
	if !ok {
		return "", unknownCaller
	}
	if !g.right(req, cred) {
		return "", wrongSecret
	}
	if g.now().Sub(made) > g.life || !g.count(cred, made) {
		return "", staleNonce
	}
	return cred.Username, welcome
}

// credentials finds those for our realm.
func (g *gate) credentials(req *gosip.Request) *digest.Credentials {
	for _, h := range req.GetHeaders("authorization") {
		if c, err := digest.ParseCredentials(h.Value()); err == nil && c.Realm == g.realm {
			return c
		}
	}
	return nil
}

// right computes the answer we would give and compares, in constant time.
func (g *gate) right(req *gosip.Request, cred *digest.Credentials) bool {
	password, known := g.lookup(cred.Username)
	if !known {
		password = base64.RawURLEncoding.EncodeToString(g.mac([]byte(cred.Username)))
	}
	want, err := digest.Digest(
		&digest.Challenge{Realm: g.realm, Nonce: cred.Nonce, Algorithm: g.algorithm(cred), QOP: []string{"auth"}},
		digest.Options{
			Method: string(req.Method), URI: cred.URI, Count: cred.Nc, Cnonce: orText(cred.Cnonce, "-"),
			Username: cred.Username, Password: password,
		})
	if err != nil {
		return false
	}
	same := subtle.ConstantTimeCompare([]byte(strings.ToLower(cred.Response)), []byte(want.Response)) == 1
	return same && known && cred.QOP == "auth" && cred.Nc > 0 && sameTarget(cred.URI, req)
}

// algorithm is what credentials say they used, if we offered it.
func (g *gate) algorithm(c *digest.Credentials) string {
	said := strings.ToUpper(orText(c.Algorithm, "MD5"))
	if slices.Contains(g.algorithms, said) {
		return said
	}
	return "not offered"
}

// sameTarget keeps an answer from being used for another request: the URI in it
// names the host that was asked.
func sameTarget(uri string, req *gosip.Request) bool {
	var u gosip.Uri
	return gosip.ParseUri(uri, &u) == nil && strings.EqualFold(u.Host, req.Recipient.Host)
}

// count takes the nonce count of good credentials; it must rise (RFC 7616
// section 3.4).
func (g *gate) count(cred *digest.Credentials, made time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.seen) >= maxNonces {
		g.sweep()
	}
	use, ok := g.seen[cred.Nonce]
	if cred.Nc <= use.count || !ok && len(g.seen) >= maxNonces {
		return false
	}
	g.seen[cred.Nonce] = nonceUse{cred.Nc, made.Add(g.life)}
	return true
}

// sweep forgets old nonces. It needs g.mu.
func (g *gate) sweep() {
	now := g.now()
	for n, u := range g.seen {
		if now.After(u.until) {
			delete(g.seen, n)
		}
	}
}
