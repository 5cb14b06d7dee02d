package sdp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// key30 is a key and a salt for AES_CM_128; print32 is a fingerprint of SHA-256.
const (
	key30   = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	print32 = "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF"
)

func agree(t *testing.T, in []byte, w Wants) (Agreed, error) {
	t.Helper()
	r, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	w.Codecs, w.Direction = us.Codecs, SendRecv
	return r.Negotiate(w)
}

func TestTheFirstKeyThatCanBeUsedIsTaken(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		tag  int // 0: it is passed over
	}{
		"plain and simple":   {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30, 1},
		"no padding, blanks": {" 1  AES_CM_128_HMAC_SHA1_80   inline:" + key30, 1},
		"lower case":         {"7 aes_cm_128_hmac_sha1_32 INLINE:" + key30, 7},
		"a long life":        {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^31", 1},
		"a life in packets":  {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|281474976710656", 1},
		"a short life":       {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^10", 0},
		"a key index":        {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^31|1:4", 0},
		"only an index":      {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1:4", 0},
		"two keys":           {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + ";inline:" + key30, 0},
		"no encryption":      {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNENCRYPTED_SRTP", 0},
		"unknown suite":      {"1 F8_128_HMAC_SHA1_80 inline:" + key30, 0},
		"short key":          {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30[4:], 0},
		"key of another":     {"1 AES_256_CM_HMAC_SHA1_80 inline:" + key30, 0},
		"no base64":          {"1 AES_CM_128_HMAC_SHA1_80 inline:!" + key30[1:], 0},
		"no number":          {"x AES_CM_128_HMAC_SHA1_80 inline:" + key30, 0},
		"no method":          {"1 AES_CM_128_HMAC_SHA1_80 " + key30, 0},
	} {
		other := "a=crypto:99 AES_CM_128_HMAC_SHA1_32 inline:" + key30
		a, err := agree(t, offer("m=audio 4000 RTP/SAVP 8", "a=crypto:"+c.line, other), Wants{Security: []Security{SDES}})
		want := c.tag
		if want == 0 {
			want = 99
		}
		if err != nil || a.Key.Tag != want || len(a.Key.Secret()) != 30 {
			t.Errorf("%s: took %d (%v), want %d", name, a.Key.Tag, err, want)
		}
	}
}

func TestProtectionIsAgreedByOurPreferenceAmongWhatIsOffered(t *testing.T) {
	const crypto, cert = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key30, "a=fingerprint:SHA-256 " + print32
	savp, avp, tls := "m=audio 4000 RTP/SAVP 8", "m=audio 4002 RTP/AVP 8", "m=audio 4004 UDP/TLS/RTP/SAVPF 8"
	all := []Security{SDES, DTLS, Plain}
	for name, c := range map[string]struct {
		offer []string
		want  []Security
		got   string
	}{
		"plain":                           {[]string{avp}, all, "plain 4002"},
		"plain, but must not":             {[]string{avp}, all[:2], "no"},
		"secure, but may not":             {[]string{savp, crypto}, all[2:], "no"},
		"secure without a key":            {[]string{savp}, all, "no"},
		"keys":                            {[]string{savp, crypto}, all, "sdes 4000"},
		"keys, and plain first":           {[]string{avp, savp, crypto}, all, "sdes 4000"},
		"keys that all can read":          {[]string{savp, crypto, avp}, all[1:], "plain 4002"},
		"keys on a plain line (RFC 8643)": {[]string{avp, crypto}, all, "sdes 4002"},
		"a handshake":                     {[]string{tls, cert, "a=setup:actpass"}, all, "dtls 4004"},
		"a handshake for all lines":       {[]string{cert, "a=setup:actpass", tls}, all, "dtls 4004"},
		"a handshake put off":             {[]string{tls, cert, "a=setup:holdconn"}, all, "no"},
		"keys for a handshake":            {[]string{tls, crypto}, all, "no"},
		"a short fingerprint":             {[]string{tls, "a=fingerprint:sha-256 AA", "a=setup:actpass"}, all, "no"},
		"a weak fingerprint":              {[]string{tls, "a=fingerprint:sha-1 aa:bb", "a=setup:actpass"}, all, "no"},
		"no fingerprint":                  {[]string{tls, "a=setup:actpass"}, all, "no"},
	} {
		a, err := agree(t, offer(c.offer...), Wants{Security: c.want})
		got := fmt.Sprintf("%s %d", a.Security, a.Remote.Port())
		if err != nil {
			got = "no"
			if !errors.Is(err, ErrSecurity) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got != c.got {
			t.Errorf("%s: %s, want %s", name, got, c.got)
		}
	}
}

func TestAnAnswerMayOnlyBeProtectedAsWasOffered(t *testing.T) {
	avp, savp := "m=audio 4000 RTP/AVP 8", "m=audio 4000 RTP/SAVP 8"
	crypto, cert := "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key30, "a=fingerprint:sha-256 "+print32
	keys := []Crypto{NewCrypto(1, Suites[3], nil)}
	for name, c := range map[string]struct {
		offered Local
		answer  []string
		ok      bool
	}{
		"plain":                         {Local{}, []string{avp}, true},
		"a handshake to a plain offer":  {Local{}, []string{avp, cert, "a=setup:active"}, true}, // as plain
		"keys":                          {Local{Profile: ProfileSDES, Keys: keys}, []string{savp, crypto}, true},
		"a handshake to keys":           {Local{Profile: ProfileSDES, Keys: keys}, []string{savp, cert, "a=setup:active"}, false},
		"plain to keys":                 {Local{Profile: ProfileSDES, Keys: keys}, []string{avp}, false},
		"plain to keys on a plain line": {Local{Keys: keys}, []string{avp}, true},
	} {
		a, err := agree(t, offer(c.answer...), Wants{Security: []Security{SDES, DTLS, Plain}, Offered: &c.offered})
		if (err == nil) != c.ok || a.Security == DTLS {
			t.Errorf("%s: %s, %v", name, a.Security, err)
		}
	}
}

func TestAnAnswerMayOnlyTakeAKeyThatWasOffered(t *testing.T) {
	ours := &Local{Profile: ProfileSDES, Keys: []Crypto{NewCrypto(2, Suites[3], nil)}}
	for line, ok := range map[string]bool{
		"2 AES_CM_128_HMAC_SHA1_80": true, "1 AES_CM_128_HMAC_SHA1_80": false, "2 AES_CM_128_HMAC_SHA1_32": false,
	} {
		_, err := agree(t, offer("m=audio 4000 RTP/SAVP 8", "a=crypto:"+line+" inline:"+key30), Wants{Security: []Security{SDES}, Offered: ours})
		if (err == nil) != ok {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestTheAnswerKeepsTheProfileAndTellsOurKey(t *testing.T) {
	r, err := Parse(offer("m=audio 4000 RTP/SAVPF 8", "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"+key30))
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Negotiate(Wants{Codecs: us.Codecs, Direction: SendRecv, Security: []Security{SDES}})
	if err != nil {
		t.Fatal(err)
	}
	l := us
	l.Keys = []Crypto{NewCrypto(4, a.Key.Suite, make([]byte, 30))}
	out, err := r.Answer(l, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"m=audio 20000 RTP/SAVPF 8\r\n", "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 40) + "\r\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestAKeyIsNotPrinted(t *testing.T) {
	c := NewCrypto(1, Suites[3], []byte("secret"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, "secret") || strings.Contains(got, "736563") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	agreed := Agreed{Key: c, line: line{keys: []Crypto{c}}}
	text, err := json.Marshal(agreed)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprintf("%+v", agreed), fmt.Sprintf("%#v", agreed), string(text)} {
		if strings.Contains(got, "secret\"") || strings.Contains(got, "c2VjcmV0") || strings.Contains(got, "115 101 99") {
			t.Errorf("printed: %s", got)
		}
	}
	if got := c.LogValue().String(); strings.Contains(got, "secret") {
		t.Errorf("logged: %s", got)
	}
}
