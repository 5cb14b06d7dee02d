package app

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What coturn makes of the same secret, by the way of
// draft-uberti-behave-turn-rest-00 section 2.2:
// printf '1433895918:web' | openssl dgst -sha1 -hmac mysecret -binary | base64.
func TestCredentialsOfTURNAreThoseThatItsServerMakesOfTheSecret(t *testing.T) {
	s := ICEServer{Secret: NewSecret("mysecret"), TTL: time.Hour}
	username, password := s.credentials("web", time.Unix(1433895918-3600, 0))
	if username != "1433895918:web" || password != "IS/CVfHNI8b9/ZSYQwgIr8ROD10=" {
		t.Errorf("%s %s", username, password)
	}
	s.TTL = 0
	if username, _ = s.credentials("web", time.Unix(0, 0)); username != "43200:web" {
		t.Errorf("without a ttl they end at %s", username)
	}
	if username, password = (ICEServer{Username: "u", Password: NewSecret("p")}).credentials("web", time.Now()); username != "u" || password != "p" {
		t.Errorf("fixed ones become %s %s", username, password)
	}
}

func TestAServerThatBrowsersWouldRefuseIsRefusedFirst(t *testing.T) {
	for _, u := range []string{"stun:stun.example.com", "stuns:192.0.2.1:5349", "turn:[2001:db8::1]:3478?transport=udp", "turns:turn.example.com:443?transport=tcp", "turn:[::1]"} {
		if err := checkICEURL(u); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
	for u, want := range map[string]string{
		"":                          `"" is not known; allowed: stun, stuns, turn, turns`,
		"turn.example.com:3478":     `"turn.example.com" is not known`,
		"trun:turn.example.com":     `turns (did you mean "`,
		"https://turn.example.com":  `"https" is not known`,
		"turn://turn.example.com":   "write turn:HOST or turn:HOST:PORT",
		"turn:":                     "is no address of a server",
		"turn:user@turn.example":    "is no address of a server",
		"turn:two hosts":            "is no address of a server",
		"turn:2001:db8::1":          "with an address of IPv6 in brackets",
		"turn:h/path":               "is no address of a server",
		"turn:h#part":               "is no address of a server",
		"turn:h:0":                  `"0" is not a port`,
		"turn:h:65536":              `"65536" is not a port`,
		"turn:h:x":                  "is no address of a server",
		"turn:h?transport=sctp":     `there is "?transport=sctp"`,
		"turn:h?":                   `there is "?"`,
		"stun:h?transport=udp":      `there is "?transport=udp"`,
		"turn:h?transport=udp&a=b":  `there is`,
		"turn:turn.example.com\r\n": "is no address of a server",
	} {
		if err := checkICEURL(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", u, err, want)
		}
	}
}

func TestAReloadTellsPagesOfOtherServersAtOnce(t *testing.T) {
	urls := []string{"turn:turn.example.com?transport=tcp", "turns:turn.example.com:443?transport=tcp", "turn:[2001:db8::1]:3478"}
	before := "listeners: {ice_servers: {relay: {urls: ['" + strings.Join(urls, "', '") + "'], secret: one}}}\n"
	s := serveApp(t, before)
	servers := func() (user, password string) {
		all := s.iceServers("staff")
		if len(all) != 1 || !slices.Equal(all[0].URLs, urls) {
			t.Fatalf("pages are told of %v", all)
		}
		return all[0].Username, all[0].Credential
	}
	if _, password := servers(); password == "" {
		t.Error("no credentials")
	}
	if done, err := s.Reload(t.Context(), "test"); err != nil || len(done.Changed) > 0 {
		t.Errorf("a secret that is the same is told of as %v, %v", done, err)
	}
	s.write(strings.Replace(before, "secret: one", "username: u, password: p", 1))
	if done, err := s.Reload(t.Context(), "test"); err != nil || len(done.Changed) != 1 || len(done.Restart) > 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if user, password := servers(); user != "u" || password != "p" {
		t.Errorf("after a reload: %s %s", user, password)
	}
}
