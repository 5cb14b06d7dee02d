package signin

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin/samltest"
)

// A guild is a desk whose people sign in by a provider of SAML that runs in the test.
type guild struct {
	*desk

	idp *samltest.IDP
}

const (
	acs    = "https://callward.example.com/api/v1/session/saml/acs"
	entity = "https://callward.example.com"
)

func newGuild(t *testing.T, change ...func(*SAML)) *guild {
	t.Helper()
	g := &guild{newDesk(t), samltest.New(t)}
	g.at = time.Now() // as the provider's clock is the machine's
	cfg := SAML{
		Metadata: g.idp.URL, EntityID: entity, Groups: samltest.Groups,
		Roles: map[string][]access.Grant{
			"support": {{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}}, "wall": {{Role: access.Viewer, Tenant: "acme"}},
			"admins": Everything(),
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	g.Service = New(Config{Client: g.client, Now: func() time.Time { return g.at }, Cost: cheap(), SAML: &cfg})
	metadata, err := g.SAMLMetadata(acs)
	g.must(err)
	g.idp.Trust(metadata)
	g.idp.In = []string{"support", "golf"}
	return g
}

// begin sends a browser to the provider.
func (g *guild) begin() (address, state string) {
	g.t.Helper()
	address, state, err := g.BeginSAML(g.t.Context(), acs, "192.0.2.1")
	g.must(err)
	return address, state
}

func (g *guild) accept(answer []byte) (ticket string, err error) {
	return g.AnswerSAML(g.t.Context(), samltest.Encode(answer), acs, "192.0.2.1")
}

// enter is the whole way.
func (g *guild) enter() (access.Principal, string, error) {
	g.t.Helper()
	address, state := g.begin()
	ticket, err := g.accept(g.idp.Answer(address))
	if err != nil {
		return access.Principal{}, "", err
	}
	session, _, err := g.FinishSAML(g.t.Context(), ticket, state)
	if err != nil {
		return access.Principal{}, "", err
	}
	p, err := g.Identify(g.t.Context(), Badge{Cookie: session}, true)
	return p, session, err
}

// doubts sees that an answer is refused, and why.
func (g *guild) doubts(what string, answer []byte, why string) {
	g.t.Helper()
	ticket, err := g.accept(answer)
	if d, ok := errors.AsType[Doubt](err); !ok || ticket != "" || !strings.Contains(d.Why, why) {
		g.t.Errorf("%s: ticket %q, %v; want %q", what, ticket, err, why)
	}
}

func TestGroupsOfAnAssertionSayWhatPeopleMayDo(t *testing.T) {
	g := newGuild(t)
	p, session, err := g.enter()
	g.must(err)
	if r := p.May(access.ReadCalls); !r.Queue("acme", "billing") || r.Whole("acme") || !strings.HasSuffix(p.Name, "/jean") {
		t.Errorf("%+v", p)
	}
	g.idp.In = []string{"wall"}
	again, _, err := g.enter()
	if err != nil || again.Name != p.Name || again.May(access.ReadCalls).Anywhere() {
		t.Errorf("in another group: %+v, %v", again, err)
	}
	g.idp.In = []string{"golf"}
	if _, _, err := g.enter(); !errors.Is(err, ErrNoRole) {
		t.Errorf("without a role: %v", err)
	}
	all, err := g.Accounts(t.Context())
	if err != nil || len(all) != 1 || all[0].Issuer != "saml:"+g.idp.URL {
		t.Fatalf("accounts %+v, %v", all, err)
	}
	g.must(g.Disable(t.Context(), all[0].Name, true))
	g.idp.In = []string{"wall"}
	if _, _, err := g.enter(); !errors.Is(err, ErrRefused) || g.known(session) {
		t.Errorf("a locked account comes in: %v", err)
	}
}

func TestAnAttributeOfTheConfigurationNamesTheAgentWhomSomebodyIs(t *testing.T) {
	for name, tc := range map[string]struct {
		attribute string
		values    []string
		agent     string
	}{
		"one":                  {"phone", []string{" jean "}, "jean"},
		"none":                 {"phone", nil, ""},
		"of two, neither":      {"phone", []string{"jean", "anna"}, ""},
		"what would be mended": {"phone", []string{"jean dupont"}, ""},
		"none is configured":   {"", []string{"jean"}, ""},
	} {
		var a assertion
		text := `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><AttributeStatement><Attribute Name="` + tc.attribute + `">`
		for _, v := range tc.values {
			text += "<AttributeValue>" + v + "</AttributeValue>"
		}
		if err := xml.Unmarshal([]byte(text+"</Attribute></AttributeStatement></Assertion>"), &a); err != nil {
			t.Fatal(err)
		}
		p := samlProvider{cfg: SAML{Agent: tc.attribute}}
		if got := p.read(&a).Agent; got != tc.agent {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Who has the answer to another's request, or has another's browser bring theirs, comes in
// nowhere.
func TestATicketIsForTheBrowserThatAskedOnce(t *testing.T) {
	g := newGuild(t)
	address, state := g.begin()
	_, other := g.begin()
	ticket, err := g.accept(g.idp.Answer(address))
	g.must(err)
	finish := func(ticket, cookie string) error {
		_, _, err := g.FinishSAML(t.Context(), ticket, cookie)
		return err
	}
	for name, tc := range map[string][2]string{"without a cookie": {ticket, ""}, "in another browser": {ticket, other}, "without a ticket": {"", state}} {
		if err := finish(tc[0], tc[1]); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := finish(ticket, state); err != nil {
		t.Errorf("in its own: %v", err)
	}
	if err := finish(ticket, state); !errors.Is(err, ErrRefused) {
		t.Errorf("twice: %v", err)
	}
	address, state = g.begin()
	ticket, err = g.accept(g.idp.Answer(address))
	g.must(err)
	g.at = g.at.Add(ticketTime)
	if err := finish(ticket, state); !errors.Is(err, ErrRefused) {
		t.Errorf("too late: %v", err)
	}
}

func TestAnAnswerIsTakenOnceAndOnlyWhereItWasAskedFor(t *testing.T) {
	g := newGuild(t)
	address, _ := g.begin()
	answer := g.idp.Answer(address)
	if _, err := g.AnswerSAML(t.Context(), samltest.Encode(answer), strings.Replace(acs, "callward", "other", 1), "192.0.2.1"); err == nil {
		t.Error("it is taken at another address of ours")
	}
	address, _ = g.begin()
	answer = g.idp.Answer(address)
	_, err := g.accept(answer)
	g.must(err)
	g.doubts("a second time", answer, "answers no request")
	address, _ = g.begin()
	g.at = g.at.Add(flowTime)
	g.doubts("too late", g.idp.Answer(address), "answers no request")
}

func TestWhoComesFromTheProviderUnaskedIsRefusedUnlessThatIsAllowed(t *testing.T) {
	g := newGuild(t)
	g.doubts("by default", g.idp.Unasked(), "nobody here asked")
	address, _ := g.begin()
	asked := g.idp.Answer(address)

	allowed := newGuild(t, func(c *SAML) { c.Unasked = true })
	answer := allowed.idp.Unasked()
	ticket, err := allowed.accept(answer)
	allowed.must(err)
	if _, _, err := allowed.FinishSAML(t.Context(), ticket, ""); err != nil {
		t.Error(err)
	}
	allowed.doubts("a second time", answer, "shown before")
	// the answer to somebody's request, stolen, does not pass for one that nobody asked for
	stolen := bytes.Replace(samltest.Wrap(t, asked, 0), []byte("InResponseTo="), []byte("Was="), 1)
	g.saml.cfg.Unasked = true
	g.doubts("one that was asked for", stolen, "another request")
}

// The eight known ways of signature wrapping.
func TestASignatureOfSomethingElseProvesNothing(t *testing.T) {
	g := newGuild(t)
	for way := range 9 {
		address, _ := g.begin()
		answer := samltest.Wrap(t, g.idp.Answer(address), way)
		if way == 0 { // nothing is forged: the test itself is sound
			_, err := g.accept(answer)
			g.must(err)
			continue
		}
		if !bytes.Contains(answer, []byte("admin@example.com")) {
			t.Fatalf("way %d forges nothing", way)
		}
		g.doubts("way "+string(rune('0'+way)), answer, "")
	}
}

func TestWhatWasChangedOnItsWayIsNotBelieved(t *testing.T) {
	g := newGuild(t)
	whole := func() []byte {
		address, _ := g.begin()
		return g.idp.Answer(address)
	}
	// only the assertion is signed in these, as with most providers
	plain := func() []byte { return samltest.Wrap(t, whole(), 0) }
	swap := func(in []byte, from, to string) []byte {
		if !bytes.Contains(in, []byte(from)) {
			t.Fatalf("no %s in %s", from, in)
		}
		return bytes.Replace(in, []byte(from), []byte(to), 1)
	}
	g.doubts("another name", swap(plain(), "jean@example.com", "admin@example.com"), "signature is not")
	g.doubts("another group", swap(plain(), ">support<", ">admins<"), "signature is not")
	g.doubts("a later end", swap(plain(), "NotOnOrAfter=\"20", "NotOnOrAfter=\"21"), "signature is not")
	g.doubts("another status, in an answer that is signed", swap(whole(), "status:Success", "status:Success2"), "signature is not")
	g.doubts("a comment in the name", swap(plain(), "jean@example.com", "admin@example.com<!-- -->.evil"), "comment")
	g.doubts("an instruction in the name", swap(plain(), "jean@example.com", "jean@<?x y?>example.com"), "comment, an instruction")
	g.doubts("a DOCTYPE", append([]byte(`<!DOCTYPE x [<!ENTITY a "admin">]>`), plain()...), "")
	g.doubts("an entity", swap(plain(), "jean@", "&a;@"), "")
	g.doubts("an entity of its own", append([]byte(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`), swap(plain(), "jean@", "&a;@")...), "")
	g.doubts("an ID in disguise", swap(plain(), " ID=\"", " xmlns:x=\"urn:x\" x:ID=\"_y\" ID=\""), "")
	g.doubts("an attribute twice", swap(plain(), "Version=\"2.0\"", "Version=\"2.0\" Version=\"2.0\""), "")
	g.doubts("two documents", append(plain(), plain()...), "")
	g.doubts("nothing", nil, "")
	g.doubts("no XML", []byte("SAML"), "")
	g.doubts("much", bytes.Repeat([]byte("<a>"), samlBytes), "too long")
	g.doubts("deep", []byte(`<samlp:Response xmlns:samlp="`+nsProtocol+`">`+strings.Repeat("<a>", 99)+strings.Repeat("</a>", 99)+`</samlp:Response>`), "too deeply")
	if _, err := g.AnswerSAML(t.Context(), "%%%", acs, ""); err == nil {
		t.Error("what is not base64 is taken")
	}
}

func TestWhatIsNotSignedAsItMustBeIsNotBelieved(t *testing.T) {
	g := newGuild(t)
	address, _ := g.begin()
	unsigned := samltest.Wrap(t, g.idp.Answer(address), 0)
	from, to := bytes.Index(unsigned, []byte("<ds:Signature")), bytes.Index(unsigned, []byte("</ds:Signature>"))
	g.doubts("without a signature", append(bytes.Clone(unsigned[:from]), unsigned[to+len("</ds:Signature>"):]...), "not signed")
	address, _ = g.begin()
	g.doubts("by another key", g.idp.Impostor().Answer(address), "signature is not the provider's")
	address, _ = g.begin()
	g.idp.SignBy(dsig.RSASHA1SignatureMethod)
	g.doubts("by SHA-1", g.idp.Answer(address), "SHA-1")
}

// What the provider signed is believed of us, now, and in answer to what was asked.
func TestAnAssertionMustBeForUsAndForNow(t *testing.T) {
	g := newGuild(t)
	now := time.Now()
	for name, tc := range map[string]struct {
		shape func(*saml.Assertion)
		why   string
	}{
		"for another audience": {func(a *saml.Assertion) {
			a.Conditions.AudienceRestrictions[0].Audience.Value = "https://other.example.com"
		}, "audience"},
		"for no audience":     {func(a *saml.Assertion) { a.Conditions.AudienceRestrictions = nil }, "audience"},
		"without conditions":  {func(a *saml.Assertion) { a.Conditions = nil }, "audience"},
		"expired":             {func(a *saml.Assertion) { a.Conditions.NotOnOrAfter = now.Add(-2 * time.Minute) }, "expired"},
		"not valid yet":       {func(a *saml.Assertion) { a.Conditions.NotBefore = now.Add(2 * time.Minute) }, "expired"},
		"made long ago":       {func(a *saml.Assertion) { a.IssueInstant = now.Add(-time.Hour) }, "too old"},
		"made tomorrow":       {func(a *saml.Assertion) { a.IssueInstant = now.Add(24 * time.Hour) }, "too old"},
		"of another provider": {func(a *saml.Assertion) { a.Issuer.Value = "https://evil.example.com" }, "another provider"},
		"of a name for once":  {func(a *saml.Assertion) { a.Subject.NameID.Format = transientFormat }, "transient"},
		"of nobody":           {func(a *saml.Assertion) { a.Subject.NameID.Value = " " }, "who signed in"},
		"of a long name":      {func(a *saml.Assertion) { a.Subject.NameID.Value = strings.Repeat("x", longestNameID+1) }, "who signed in"},
		"of no sign-in":       {func(a *saml.Assertion) { a.AuthnStatements = nil }, "somebody signed in"},
		"of another address":  {func(a *saml.Assertion) { confirmation(a).Recipient = "https://other.example.com/acs" }, "subject confirmation"},
		"of another request":  {func(a *saml.Assertion) { confirmation(a).InResponseTo = "_other" }, "subject confirmation"},
		"no longer confirmed": {func(a *saml.Assertion) { confirmation(a).NotOnOrAfter = now.Add(-2 * time.Minute) }, "subject confirmation"},
		"of who holds a key": {func(a *saml.Assertion) {
			a.Subject.SubjectConfirmations[0].Method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
		}, "subject confirmation"},
		"without confirmation": {func(a *saml.Assertion) { a.Subject.SubjectConfirmations = nil }, "subject confirmation"},
		"after their session": {func(a *saml.Assertion) {
			past := now.Add(-2 * time.Minute)
			a.AuthnStatements[0].SessionNotOnOrAfter = &past
		}, "session at the provider"},
	} {
		g.idp.Shape = tc.shape
		address, _ := g.begin()
		g.doubts(name, g.idp.Answer(address), tc.why)
	}
	g.idp.Shape = nil
	if _, _, err := g.enter(); err != nil {
		t.Errorf("as it should be: %v", err)
	}
}

func confirmation(a *saml.Assertion) *saml.SubjectConfirmationData {
	return a.Subject.SubjectConfirmations[0].SubjectConfirmationData
}

// A name that the provider gives in SAML is not the subject of the same name in OpenID.
func TestAccountsOfSAMLAndOfOpenIDAreNotMixed(t *testing.T) {
	d := newDesk(t)
	grants := []access.Grant{{Role: access.Viewer, Tenant: "acme"}}
	_, one, err := d.federate(t.Context(), told{Issuer: "https://id.example.com", Subject: "jean", Grants: grants}, byOIDC)
	d.must(err)
	p := samlProvider{cfg: SAML{Groups: "groups", Roles: map[string][]access.Grant{}}}
	who := p.read(&assertion{Issuer: "https://id.example.com", Subject: subject{Name: nameID{Value: "jean"}}})
	who.Grants = grants
	_, other, err := d.federate(t.Context(), who, bySAML)
	d.must(err)
	if one == other {
		t.Error("they are one account")
	}
}

func TestMetadataThatIsOfNoUseIsRefusedWithAReason(t *testing.T) {
	g := newGuild(t)
	good, err := g.saml.fetch(t.Context())
	g.must(err)
	swap := func(from, to string) []byte { return bytes.ReplaceAll(good, []byte(from), []byte(to)) }
	for name, tc := range map[string]struct {
		data []byte
		why  string
	}{
		"nothing":     {nil, "no SAML metadata"},
		"no XML":      {[]byte("<a"), "not XML"},
		"of no IdP":   {[]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"></EntityDescriptor>`), "describes 0 identity providers"},
		"no keys":     {swap(`use="signing"`, `use="encryption"`), "no certificate for signing"},
		"in clear":    {swap(`Location="http://127.0.0.1`, `Location="http://192.0.2.1`), "not https"},
		"no redirect": {swap(bindingRedirect, "urn:x"), "HTTP-Redirect"},
	} {
		if _, err := readSAMLMetadata(tc.data); err == nil || !strings.Contains(err.Error(), tc.why) {
			t.Errorf("%s: %v, want %q", name, err, tc.why)
		}
	}
	name := filepath.Join(t.TempDir(), "idp.xml")
	g.must(os.WriteFile(name, good, 0o600))
	until, err := CheckSAMLMetadata(name)
	if err != nil || until == nil || !until.After(g.at) {
		t.Errorf("valid until %v, %v", until, err)
	}
	late := samlProvider{cfg: SAML{Metadata: name}}
	if _, err := late.find(t.Context(), g.at.AddDate(1, 0, 0)); !errors.Is(err, ErrProvider) || !strings.Contains(err.Error(), "valid until") {
		t.Errorf("a year later: %v", err)
	}
}

// A provider that does not answer signs nobody in, but for a while by what is known of it.
func TestAProviderOfSAMLIsReadAgainAndStaysKnownMeanwhile(t *testing.T) {
	g := newGuild(t)
	if _, _, err := g.enter(); err != nil {
		t.Fatal(err)
	}
	g.saml.cfg.Metadata = "http://127.0.0.1:1/metadata"
	g.at = g.at.Add(metadataFresh)
	if _, _, err := g.BeginSAML(t.Context(), acs, ""); err != nil {
		t.Errorf("a provider that was known: %v", err)
	}
	g.at = g.at.AddDate(1, 0, 0)
	if _, _, err := g.BeginSAML(t.Context(), acs, ""); !errors.Is(err, ErrProvider) {
		t.Errorf("after what it said is no longer valid: %v", err)
	}
}
