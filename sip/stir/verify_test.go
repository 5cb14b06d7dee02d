package stir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/sip/stir/stirtest"
)

const (
	x5u    = "https://certificates.example/provider.pem"
	caller = "33155500100"
	called = "33155500199"
)

// noon is what the tests' clock shows.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A world is a provider that signs, an authority above it, and a verifier that
// believes it.
type world struct {
	authority *stirtest.Authority
	key       *ecdsa.PrivateKey
	web       stirtest.Web
	config    Config
}

func newWorld(extensions ...pkix.Extension) *world {
	w := &world{authority: stirtest.NewAuthority(noon), key: stirtest.NewKey(elliptic.P256())}
	w.web = stirtest.Web{x5u: w.authority.Issue(w.key.Public(), extensions...)}
	w.config = Config{
		Roots: w.authority.Roots(), Hosts: []string{"certificates.example"},
		Transport: w.web, Now: func() time.Time { return noon },
	}
	return w
}

func (w *world) verifier(tb testing.TB) *Verifier {
	tb.Helper()
	v, err := New(w.config)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// identity is a header with some things other than they should be.
func (w *world) identity(header, payload stirtest.Claims) string {
	h := stirtest.Header(x5u).With(header)
	p := stirtest.Payload("A", caller, called, noon).With(payload)
	return stirtest.Identity(stirtest.Sign(w.key, h, p), x5u)
}

func call(identity ...string) Request {
	return Request{Identity: identity, Caller: "+" + caller, Called: []string{"+" + called}}
}

func (w *world) wants(t *testing.T, r Request, trust Trust, reason Reason) {
	t.Helper()
	got := w.verifier(t).Verify(t.Context(), r)
	if got.Trust != trust || got.Reason != reason {
		t.Errorf("trust is %v (%s), want %v (%s)", got.Trust, got.Reason, trust, reason)
	}
	if !trust.Proven() && reason != ReasonNoAttestation && (got.Caller != "" || got.OrigID != "" || got.SPC != nil) {
		t.Errorf("what was not proven is in the result: %+v", got)
	}
}

func TestASignedCallIsProvenWithItsAttestation(t *testing.T) {
	w := newWorld(stirtest.TNAuthList(false, stirtest.SPC("709J")))
	for letter, want := range map[string]Trust{"A": A, "B": B, "C": C} {
		got := w.verifier(t).Verify(t.Context(), call(w.identity(nil, stirtest.Claims{"attest": letter})))
		if got.Trust != want || got.Reason != "" || got.Caller != caller || !slices.Equal(got.SPC, []string{"709J"}) {
			t.Errorf("attestation %s gives %+v", letter, got)
		}
		if got.OrigID != "123e4567-e89b-42d3-a456-426655440000" {
			t.Errorf("the call's origin is %q", got.OrigID)
		}
	}
}

func TestACallWithoutIdentityIsNeitherProvenNorFailed(t *testing.T) {
	newWorld().wants(t, call(), None, ReasonNoIdentity)
}

func TestABasePassportAttestsNothing(t *testing.T) {
	w := newWorld()
	token := stirtest.Sign(w.key, stirtest.Header(x5u).With(stirtest.Claims{"ppt": nil}),
		stirtest.Payload("A", caller, called, noon))
	w.wants(t, call(token+";info=<"+x5u+">"), None, ReasonNoAttestation)
}

func TestThePassportHeaderIsTakenStrictly(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		name   string
		header stirtest.Claims
		want   Reason
	}{
		{"no signature at all", stirtest.Claims{"alg": "none"}, ReasonAlgorithm},
		{"a shared secret", stirtest.Claims{"alg": "HS256"}, ReasonAlgorithm},
		{"RSA", stirtest.Claims{"alg": "RS256"}, ReasonAlgorithm},
		{"an algorithm in lower case", stirtest.Claims{"alg": "es256"}, ReasonAlgorithm},
		{"no algorithm", stirtest.Claims{"alg": nil}, ReasonAlgorithm},
		{"an algorithm under a name in capitals", stirtest.Claims{"alg": nil, "ALG": "ES256"}, ReasonAlgorithm},
		{"another type", stirtest.Claims{"typ": "JWT"}, ReasonHeader},
		{"no type", stirtest.Claims{"typ": nil}, ReasonHeader},
		{"a ppt that the parameter denies", stirtest.Claims{"ppt": "div"}, ReasonHeader},
		{"a ppt that is a number", stirtest.Claims{"ppt": 1}, ReasonHeader},
		{"an empty ppt", stirtest.Claims{"ppt": ""}, ReasonHeader},
		{"something critical", stirtest.Claims{"crit": []string{"b64"}, "b64": false}, ReasonHeader},
		{"another x5u than info", stirtest.Claims{"x5u": x5u + "x"}, ReasonInfo},
		{"no x5u", stirtest.Claims{"x5u": nil}, ReasonInfo},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.wants(t, call(w.identity(c.header, nil)), Failed, c.want)
		})
	}
}

func TestThePassportClaimsAreTakenStrictly(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		name    string
		payload stirtest.Claims
		want    Reason
	}{
		{"no attestation", stirtest.Claims{"attest": nil}, ReasonClaims},
		{"an attestation of ours", stirtest.Claims{"attest": "D"}, ReasonClaims},
		{"an attestation in lower case", stirtest.Claims{"attest": "a"}, ReasonClaims},
		{"no origid", stirtest.Claims{"origid": nil}, ReasonClaims},
		{"an origid that is no UUID", stirtest.Claims{"origid": "the third desk on the left, by the window"}, ReasonClaims},
		{"a line break in the origid", stirtest.Claims{"origid": "123e4567-e89b-42d3-a456-42665544000\n"}, ReasonClaims},
		{"no orig", stirtest.Claims{"orig": nil}, ReasonClaims},
		{"an orig that is a URI", stirtest.Claims{"orig": stirtest.Claims{"uri": "sip:a@b"}}, ReasonClaims},
		{"an orig that is a list", stirtest.Claims{"orig": stirtest.Claims{"tn": []string{caller}}}, ReasonClaims},
		{"an orig with letters", stirtest.Claims{"orig": stirtest.Claims{"tn": "0800CALLWARD"}}, ReasonClaims},
		{"no dest", stirtest.Claims{"dest": nil}, ReasonClaims},
		{"an empty dest", stirtest.Claims{"dest": stirtest.Claims{"tn": []string{}}}, ReasonClaims},
		{"a dest that is no list", stirtest.Claims{"dest": stirtest.Claims{"tn": called}}, ReasonClaims},
		{"no iat", stirtest.Claims{"iat": nil}, ReasonClaims},
		{"an iat in quotes", stirtest.Claims{"iat": "1772452800"}, ReasonClaims},
		{"an iat with a fraction", stirtest.Claims{"iat": 1772452800.5}, ReasonClaims},
		{"an iat beyond all time", stirtest.Claims{"iat": 1e300}, ReasonClaims},
		{"an iat at the end of time", stirtest.Claims{"iat": int64(1<<63 - 1)}, ReasonStale},
		{"61 seconds old", stirtest.Claims{"iat": noon.Unix() - 61}, ReasonStale},
		{"61 seconds ahead", stirtest.Claims{"iat": noon.Unix() + 61}, ReasonStale},
		{"another caller", stirtest.Claims{"orig": stirtest.Claims{"tn": "33155500101"}}, ReasonCaller},
		{"another number called", stirtest.Claims{"dest": stirtest.Claims{"tn": []string{"33155500198"}}}, ReasonCalled},
		{"claims that we do not know", stirtest.Claims{"rcd": stirtest.Claims{"nam": "Callward"}, "mky": nil}, ""},
		{"JSON that nests eight deep", stirtest.Claims{"x": [][][][][][][]int{{{{{{{1}}}}}}}}, ""},
		{"JSON that nests nine deep", stirtest.Claims{"x": [][][][][][][][]int{{{{{{{{1}}}}}}}}}, ReasonClaims},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := Failed
			if c.want == "" {
				want = A
			}
			w.wants(t, call(w.identity(nil, c.payload)), want, c.want)
		})
	}
}

func TestTheWindowIsOneMinuteEitherWay(t *testing.T) {
	w := newWorld()
	for _, off := range []int64{-60, 0, 60} {
		w.wants(t, call(w.identity(nil, stirtest.Claims{"iat": noon.Unix() + off})), A, "")
	}
}

func TestADateMustBeFreshToo(t *testing.T) {
	w := newWorld()
	r := call(w.identity(nil, nil))
	r.Date = noon.Add(-time.Minute)
	w.wants(t, r, A, "")
	r.Date = noon.Add(-time.Minute - time.Second)
	w.wants(t, r, Failed, ReasonStaleDate)
}

func TestJSONIsReadInOneWayOnly(t *testing.T) {
	w := newWorld()
	header := `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"` + x5u + `"}`
	payload := `{"attest":"A","dest":{"tn":["` + called + `"]},"iat":1772452800,"orig":{"tn":"` + caller +
		`"},"origid":"123e4567-e89b-42d3-a456-426655440000"}`
	twice := func(s, member string) string { return strings.TrimSuffix(s, "}") + "," + member + "}" }
	for _, c := range []struct {
		name, header, payload string
		want                  Reason
	}{
		{"as it should be", header, payload, ""},
		{"with blanks", header, " " + payload + "\n", ""},
		{"a name twice in the header", twice(header, `"alg":"ES256"`), payload, ReasonHeader},
		{"a name twice in the claims", header, twice(payload, `"attest":"A"`), ReasonClaims},
		{"a name twice, once escaped", header, twice(payload, `"\u0061ttest":"A"`), ReasonClaims},
		{"a name twice further in", header, twice(payload, `"x":[{"y":1,"y":1}]`), ReasonClaims},
		{"something behind", header, payload + "{}", ReasonClaims},
		{"not an object", header, `["` + caller + `"]`, ReasonClaims},
		{"not JSON", "alg=ES256", payload, ReasonHeader},
		{"a comma too many", header, twice(payload, ""), ReasonClaims},
		{"not UTF-8", header, twice(payload, "\"x\":\"\xff\""), ReasonClaims},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := Failed
			if c.want == "" {
				want = A
			}
			token := stirtest.SignRaw(w.key, []byte(c.header), []byte(c.payload))
			w.wants(t, call(stirtest.Identity(token, x5u)), want, c.want)
		})
	}
}

func TestTheIdentityHeaderIsTakenStrictly(t *testing.T) {
	w := newWorld()
	good := w.identity(nil, nil)
	token, _, _ := strings.Cut(good, ";")
	parts := strings.Split(token, ".")
	for _, c := range []struct {
		name, value string
		want        Reason
	}{
		{"empty", "", ReasonMalformed},
		{"no parameters", token, ReasonMalformed},
		{"no info", token + ";alg=ES256", ReasonMalformed},
		{"an info without brackets", token + ";info=" + x5u, ReasonMalformed},
		{"an info that does not end", token + ";info=<" + x5u, ReasonMalformed},
		{"an info that holds what ends it", token + `;info="` + x5u + `>"`, ReasonMalformed},
		{"info twice", good + ";info=<" + x5u + ">", ReasonMalformed},
		{"two headers in one", good + ", " + good, ReasonMalformed},
		{"a semicolon at the end", good + ";", ReasonMalformed},
		{"two parts", parts[0] + "." + parts[1] + ";info=<" + x5u + ">", ReasonMalformed},
		{"four parts", token + ".x;info=<" + x5u + ">", ReasonMalformed},
		{"the compact form", ".." + parts[2] + ";info=<" + x5u + ">", ReasonCompact},
		{"no payload", parts[0] + ".." + parts[2] + ";info=<" + x5u + ">", ReasonClaims},
		{"padding", parts[0] + "=." + parts[1] + "." + parts[2] + ";info=<" + x5u + ">", ReasonHeader},
		{"a line break in the signature", token[:len(token)-4] + "\r\n" + token[len(token)-4:] + ";info=<" + x5u + ">", ReasonSignature},
		{"a short signature", parts[0] + "." + parts[1] + "." + parts[2][:84] + ";info=<" + x5u + ">", ReasonSignature},
		{"an empty signature", parts[0] + "." + parts[1] + ".;info=<" + x5u + ">", ReasonMalformed},
		{"another algorithm beside it", token + ";info=<" + x5u + ">;alg=RS256", ReasonAlgorithm},
		{"another info", token + ";info=<https://elsewhere.example/>", ReasonInfo},
		{"too large", good + ";x=" + strings.Repeat("y", maxHeader), ReasonTooLarge},
		{"the largest", good + ";x=" + strings.Repeat("y", maxHeader-len(good)-3), ""},
		{"a ppt in quotes", token + `; info = <` + x5u + `> ;alg=ES256 ; ppt="shaken"`, ""},
		{"names in capitals", token + ";INFO=<" + x5u + ">;Ppt=shaken", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := Failed
			if c.want == "" {
				want = A
			}
			w.wants(t, call(c.value), want, c.want)
		})
	}
}

func TestASignatureIsWrittenInOneWayOnly(t *testing.T) {
	w := newWorld()
	token, _, _ := strings.Cut(w.identity(nil, nil), ";")
	at := strings.LastIndex(token, ".") + 1
	sig, err := base64.RawURLEncoding.DecodeString(token[at:])
	if err != nil {
		t.Fatal(err)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, token[len(token)-1])
	for name, other := range map[string]string{
		"bits left over":      token[at:len(token)-1] + letters[last+1:last+2],
		"a nought before s":   base64.RawURLEncoding.EncodeToString(slices.Insert(slices.Clone(sig), 32, 0)),
		"three bytes":         base64.RawURLEncoding.EncodeToString(sig[:3]),
		"noughts":             base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"the common alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(token[at:len(token)-1]) + "+",
	} {
		t.Run(name, func(t *testing.T) {
			w.wants(t, call(stirtest.Identity(token[:at]+other, x5u)), Failed, ReasonSignature)
		})
	}
}

func TestOfSeveralHeadersOneThatProvesTrueSuffices(t *testing.T) {
	w := newWorld()
	a, c := w.identity(nil, nil), w.identity(nil, stirtest.Claims{"attest": "C"})
	stale := w.identity(nil, stirtest.Claims{"iat": 0})
	div := strings.TrimSuffix(w.identity(stirtest.Claims{"ppt": "div"}, nil), ";ppt=shaken") + ";ppt=div"
	w.wants(t, call(stale, c, a), A, "")
	w.wants(t, call(a, "rubbish"), A, "")
	w.wants(t, call(div, c), C, "")
	w.wants(t, call(div, stale, "rubbish"), Failed, ReasonStale)
	w.wants(t, call(div), None, ReasonExtension)
	w.wants(t, call(a, a, a, a), A, "")
	w.wants(t, call(a, a, a, a, a), Failed, ReasonTooMany)
}

func TestACertificateMustBeForSigningNumbersNow(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	constrained := func(last int) pkix.Extension {
		return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, last}, Value: []byte{0x30, 0}}
	}
	for _, c := range []struct {
		name   string
		change func(*world)
		want   Reason
	}{
		{"an hour and a second old", func(w *world) { w.at(noon.Add(time.Hour + time.Second)) }, ReasonExpired},
		{"not valid yet", func(w *world) { w.at(noon.Add(-time.Hour - time.Second)) }, ReasonExpired},
		{"of another authority", func(w *world) { w.config.Roots = stirtest.NewAuthority(noon).Roots() }, ReasonUntrusted},
		{"with a key on another curve", func(w *world) { w.issue(stirtest.NewKey(elliptic.P384()).Public()) }, ReasonKey},
		{"with an RSA key", func(w *world) { w.issue(rsaKey.Public()) }, ReasonKey},
		{"an authority's own", func(w *world) { w.web[x5u] = stirtest.PEM(w.authority.Cert) }, ReasonKey},
		{"for agreeing on keys", func(w *world) {
			w.issue(w.key.Public(), pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Value: []byte{3, 2, 3, 8}})
		}, ReasonKey},
		{"of another key", func(w *world) { w.issue(stirtest.NewKey(elliptic.P256()).Public()) }, ReasonSignature},
		{"with limits on claims", func(w *world) { w.issue(w.key.Public(), constrained(27)) }, ReasonConstrained},
		{"with more limits on claims", func(w *world) { w.issue(w.key.Public(), constrained(33)) }, ReasonConstrained},
		{"with something critical", func(w *world) {
			w.issue(w.key.Public(), pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}, ReasonUntrusted},
		{"not one", func(w *world) { w.web[x5u] = []byte("-----BEGIN CERTIFICATE-----") }, ReasonCertificate},
		{"nothing", func(w *world) { w.web[x5u] = nil }, ReasonCertificate},
		{"too many", func(w *world) { w.web[x5u] = slices.Repeat(w.web[x5u], maxChain+1) }, ReasonCertificate},
		{"followed by what is none", func(w *world) {
			w.web[x5u] = append(w.web[x5u], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})...)
		}, ReasonCertificate},
		{"too large", func(w *world) { w.web[x5u] = append(w.web[x5u], make([]byte, 64<<10)...) }, ReasonUnreachable},
		{"gone", func(w *world) { delete(w.web, x5u) }, ReasonUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			iat := stirtest.Claims{"iat": w.config.Now().Unix()}
			w.wants(t, call(w.identity(nil, iat)), Failed, c.want)
		})
	}
}

func (w *world) at(now time.Time) { w.config.Now = func() time.Time { return now } }

func (w *world) issue(key any, extensions ...pkix.Extension) {
	w.web[x5u] = w.authority.Issue(key, extensions...)
}

func TestACertificateMayComeInDER(t *testing.T) {
	w := newWorld()
	block, _ := pem.Decode(w.web[x5u])
	w.web[x5u] = block.Bytes
	w.wants(t, call(w.identity(nil, nil)), A, "")
}

func TestACertificateSpeaksForItsNumbersOnly(t *testing.T) {
	for _, c := range []struct {
		name string
		list pkix.Extension
		want Reason
	}{
		{"a provider", stirtest.TNAuthList(false, stirtest.SPC("709J")), ""},
		{"a provider, critical", stirtest.TNAuthList(true, stirtest.SPC("709J")), ""},
		{"the number", stirtest.TNAuthList(true, stirtest.One(caller)), ""},
		{"another number", stirtest.TNAuthList(false, stirtest.One("33155500101")), ReasonScope},
		{"a range from it", stirtest.TNAuthList(false, stirtest.Range("33155500100", 2)), ""},
		{"a range up to it", stirtest.TNAuthList(false, stirtest.Range("33155500090", 11)), ""},
		{"a range that ends before", stirtest.TNAuthList(false, stirtest.Range("33155500090", 10)), ReasonScope},
		{"a range that begins behind", stirtest.TNAuthList(false, stirtest.Range("33155500101", 99)), ReasonScope},
		{"a range of shorter numbers", stirtest.TNAuthList(false, stirtest.Range("9999999999", 1<<62)), ReasonScope},
		{"a provider and another number", stirtest.TNAuthList(false, stirtest.SPC("709J"), stirtest.One("1")), ReasonScope},
		{"another number and the number", stirtest.TNAuthList(false, stirtest.One("1"), stirtest.One(caller)), ""},
		{"nobody", stirtest.TNAuthList(false), ReasonScope},
		{"a range of one", stirtest.TNAuthList(false, stirtest.Range(caller, 1)), ReasonScope},
		{"a number with a plus", stirtest.TNAuthList(false, stirtest.One("+"+caller)), ReasonScope},
		{"a number of 16 digits", stirtest.TNAuthList(false, stirtest.One(caller+"00000")), ReasonScope},
		{"a provider without a name", stirtest.TNAuthList(false, stirtest.SPC("")), ReasonScope},
		{"a provider that breaks lines", stirtest.TNAuthList(false, stirtest.SPC("7\n9J")), ReasonScope},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, want := newWorld(c.list), Failed
			if c.want == "" {
				want = A
			}
			w.wants(t, call(w.identity(nil, nil)), want, c.want)
		})
	}
}

func TestNobodyHandsOnWhatIsNotTheirs(t *testing.T) {
	list := func(e ...asn1.RawValue) pkix.Extension { return stirtest.TNAuthList(true, e...) }
	ours, theirs := stirtest.SPC("709J"), stirtest.SPC("555T")
	for _, c := range []struct {
		name        string
		above, leaf pkix.Extension
		want        Reason
	}{
		{"the same provider", list(ours), list(ours), ""},
		{"a number of a provider", list(ours), list(stirtest.One(caller)), ""},
		{"one provider of two", list(theirs, ours), list(ours), ""},
		{"another provider", list(theirs), list(ours), ReasonScope},
		{"a number out of a range", list(stirtest.Range(caller, 2)), list(stirtest.One(caller)), ""},
		{"a number not in the range", list(stirtest.Range("33155500101", 2)), list(stirtest.One(caller)), ReasonScope},
		{"a provider out of a number", list(stirtest.One(caller)), list(ours), ReasonScope},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, want := newWorld(), Failed
			if c.want == "" {
				want = A
			}
			w.web[x5u] = w.authority.Under(c.above).Issue(w.key.Public(), c.leaf)
			w.wants(t, call(w.identity(nil, nil)), want, c.want)
		})
	}
}

func TestRootsAndHostsAreLookedAtInTheBeginning(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a verifier without roots believes the system's")
	}
	for _, host := range []string{"", ":443", "a/b", "u@a", "https://a", "a?b", "a b", "a\n"} {
		if _, err := New(Config{Roots: x509.NewCertPool(), Hosts: []string{host}}); err == nil {
			t.Errorf("%q passes for a host", host)
		}
	}
}

func TestOneByteChangedNeverVerifies(t *testing.T) {
	w := newWorld()
	v, good := w.verifier(t), w.identity(nil, nil)
	length := strings.Index(good, ";")
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, length-1).Draw(t, "at")
		b := rapid.Byte().Filter(func(b byte) bool { return b != good[i] }).Draw(t, "byte")
		if i == 0 || i == length-1 { // a blank beside the token is no part of it
			b = max(b, '!')
		}
		changed := good[:i] + string([]byte{b}) + good[i+1:]
		if r := v.Verify(t.Context(), call(changed)); changed != good && r.Trust.Proven() {
			t.Fatalf("proven with byte %d as %q", i, b)
		}
	})
}

func TestOneBitOfWhatIsSignedChangedNeverVerifies(t *testing.T) {
	w := newWorld()
	v := w.verifier(t)
	token, _, _ := strings.Cut(w.identity(nil, nil), ";")
	parts := strings.Split(token, ".")
	rapid.Check(t, func(t *rapid.T) {
		which := rapid.IntRange(0, 2).Draw(t, "part")
		b, err := base64.RawURLEncoding.DecodeString(parts[which])
		if err != nil {
			t.Fatal(err)
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		changed := slices.Clone(parts)
		changed[which] = base64.RawURLEncoding.EncodeToString(b)
		if r := v.Verify(t.Context(), call(stirtest.Identity(strings.Join(changed, "."), x5u))); r.Trust.Proven() {
			t.Fatalf("proven with part %d as %q", which, b)
		}
	})
}

func TestNumbersMayBeWrittenWithSeparators(t *testing.T) {
	w := newWorld()
	v := w.verifier(t)
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[1-9][0-9]{2,14}`)
		from, to := digits.Draw(t, "from"), digits.Draw(t, "to")
		id := w.identity(nil, stirtest.Claims{
			"orig": stirtest.Claims{"tn": written(t, from)}, "dest": stirtest.Claims{"tn": []string{"1", written(t, to)}},
		})
		r := v.Verify(t.Context(), Request{
			Identity: []string{id}, Caller: written(t, from), Called: []string{"100", written(t, to)},
		})
		if r.Trust != A || r.Caller != from {
			t.Fatalf("%+v", r)
		}
	})
}

// written is a number as somebody may write it.
func written(t *rapid.T, digits string) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "+", " +", "("}).Draw(t, "before"))
	for _, d := range digits {
		b.WriteRune(d)
		b.WriteString(rapid.SampledFrom([]string{"", "", "-", ".", " ", ")", " ("}).Draw(t, "between"))
	}
	return b.String()
}

func TestWhatIsNoNumberIsNobodys(t *testing.T) {
	for _, s := range []string{"", "+", "anonymous", "sip:+33155500100@10.0.0.1", "33155500100;ext=1", "1+2", "++1", "33\n1", "٣٣"} {
		if got := canonical(s); got != "" {
			t.Errorf("%q is read as %s", s, got)
		}
	}
	w := newWorld()
	r := call(w.identity(nil, nil))
	r.Caller, r.Called = "anonymous", nil
	w.wants(t, r, Failed, ReasonCaller)
	r.Caller = caller
	w.wants(t, r, Failed, ReasonCalled)
}
