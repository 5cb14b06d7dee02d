package app

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what servers of TURN expect
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callward/callward/console"
)

// An ICEServer is a STUN or TURN server that pages are told of, for browsers whose network
// lets no packet through to us. One of TURN has a Secret, of which credentials are made that
// end (draft-uberti-behave-turn-rest-00; use-auth-secret of coturn), or a Username and a
// Password that do not.
type ICEServer struct {
	URLs     []string      `koanf:"urls"` // such as turns:turn.example.com:443?transport=tcp (RFC 7064, RFC 7065)
	Secret   Secret        `koanf:"secret"`
	TTL      time.Duration `koanf:"ttl"` // of the credentials that are made; 0: 12 h
	Username string        `koanf:"username"`
	Password Secret        `koanf:"password"`
}

// defaultICETTL outlasts a day of work: there are servers that ask for credentials again in
// the middle of a call.
const (
	defaultICETTL  = 12 * time.Hour
	shortestICETTL = time.Minute
	longestICETTL  = 7 * 24 * time.Hour
)

// iceServers names them for a page, with credentials for now.
func (a *App) iceServers(who string) []console.ICEServer {
	all := a.plan.Load().loaded.Config.Listeners.ICEServers
	out := make([]console.ICEServer, 0, len(all))
	for _, name := range names(all) {
		username, password := all[name].credentials(who, time.Now())
		out = append(out, console.ICEServer{URLs: all[name].URLs, Username: username, Credential: password})
	}
	return out
}

// credentials are what a page shows to the server; who is written into those that are made.
func (s ICEServer) credentials(who string, now time.Time) (username, password string) {
	secret := s.Secret.Reveal()
	if secret == "" {
		return s.Username, s.Password.Reveal()
	}
	username = fmt.Sprintf("%d:%s", now.Add(cmp.Or(s.TTL, defaultICETTL)).Unix(), who)
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return username, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (k *checker) iceServers(path string, all map[string]ICEServer) {
	for name, s := range all {
		k.iceServer(path+"["+name+"]", s)
	}
}

func (k *checker) iceServer(path string, s ICEServer) {
	k.want(len(s.URLs) > 0, path+".urls", "none; write one such as turn:turn.example.com:3478 or stun:stun.example.com")
	for i, u := range s.URLs {
		err := checkICEURL(u)
		k.want(err == nil, fmt.Sprintf("%s.urls[%d]", path, i), "%v", err)
	}
	relays := slices.ContainsFunc(s.URLs, func(u string) bool { return strings.HasPrefix(u, "turn") })
	made, fixed := s.Secret.Reveal() != "", s.Username != "" || s.Password.Reveal() != ""
	switch {
	case made && fixed:
		k.want(false, path, "secret makes username and password; leave these out, or the secret")
	case relays && !made && !fixed:
		k.want(false, path+".secret", "missing, and TURN asks who it is; write the server's static-auth-secret as file:PATH or env:NAME, or username and password")
	case !relays && len(s.URLs) > 0:
		k.want(!made && !fixed, path, "STUN asks for no credentials; leave them out")
	case fixed:
		k.want(s.Username != "" && s.Password.Reveal() != "", path, "username and password go together; write both, or a secret")
	}
	k.want(made || s.TTL == 0, path+".ttl", "is of credentials that are made of a secret; write one, or leave it out")
	k.want(s.TTL == 0 || s.TTL >= shortestICETTL && s.TTL <= longestICETTL, path+".ttl", "allowed: 1m to 168h")
}

// checkICEURL holds a URL to what browsers take: for one that they do not, they refuse the
// call.
func checkICEURL(text string) error {
	schemes := []string{"stun", "stuns", "turn", "turns"}
	scheme, rest, _ := strings.Cut(text, ":")
	if !slices.Contains(schemes, scheme) {
		return errors.New("the scheme " + unknown(scheme, schemes))
	}
	u, err := url.Parse("//" + rest)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.User != nil || u.Fragment != "" || strings.Contains(u.Hostname(), ":") != strings.HasPrefix(rest, "[") {
		return fmt.Errorf("%q is no address of a server; write %s:HOST or %s:HOST:PORT, with an address of IPv6 in brackets", text, scheme, scheme)
	}
	if n, err := strconv.ParseUint(cmp.Or(u.Port(), "3478"), 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q is not a port; allowed: 1 to 65535", u.Port())
	}
	transports := []string{"", "transport=udp", "transport=tcp"}
	if strings.HasPrefix(scheme, "stun") {
		transports = transports[:1]
	}
	if !slices.Contains(transports, u.RawQuery) || u.ForceQuery {
		return fmt.Errorf("nothing may stand after the port but, for turn: and turns:, ?transport=udp or ?transport=tcp; there is %q", "?"+u.RawQuery)
	}
	return nil
}
