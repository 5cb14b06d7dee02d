package app

import (
	"cmp"
	"time"

	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/redact"
)

// Config is everything that can be set. Each field has a key in callward.yaml;
// the table in settings.go names the flag and the environment variable beside
// it, and its default. Load makes one; a Config made by hand must pass Check.
type Config struct {
	Version      int               `koanf:"version"`
	Listeners    Listeners         `koanf:"listeners"`
	Trunks       map[string]Trunk  `koanf:"trunks"`
	Identity     IdentitySettings  `koanf:"identity"`
	Speech       Speech            `koanf:"speech"`
	SignIn       SignInSettings    `koanf:"sign_in"`
	Redis        Secret            `koanf:"redis"`
	Assistants   string            `koanf:"assistants"`
	Learnt       string            `koanf:"learnt"`
	Call         CallSettings      `koanf:"call"`
	Limits       LimitSettings     `koanf:"limits"`
	TestNumbers  bool              `koanf:"test_numbers"`
	DemoAgent    bool              `koanf:"demo_agent"`
	DrainTimeout time.Duration     `koanf:"drain_timeout"`
	WebCalls     WebCallSettings   `koanf:"web_calls"`
	Redaction    RedactionSettings `koanf:"redaction"`
	Records      RecordSettings    `koanf:"records"`
	Log          LogSettings       `koanf:"log"`
	Tenants      map[string]Tenant `koanf:"tenants"`
}

// Listeners says where Callward can be reached.
type Listeners struct {
	SIP        []SIPAddress  `koanf:"sip"`
	HTTP       HTTPAddress   `koanf:"http"`
	HTTPS      HTTPSSettings `koanf:"https"`
	Proxy      ProxySettings `koanf:"proxy"`
	RTPPorts   PortRange     `koanf:"rtp_ports"`
	RTPAddress []RTPAddress  `koanf:"rtp_address"`
	Advertise  IPAddress     `koanf:"advertise"`
	TLS        TLSFiles      `koanf:"tls"`
	Origins    []string      `koanf:"origins"`

	ICEServers map[string]ICEServer `koanf:"ice_servers"`
}

// TLSFiles are PEM files, read again whenever they change.
type TLSFiles struct {
	Certificate string `koanf:"certificate"`
	Key         string `koanf:"key"`
	ClientCA    string `koanf:"client_ca"`
	CA          string `koanf:"ca"`
}

// names gives the files by their keys.
func (f *TLSFiles) names() map[string]*string {
	return map[string]*string{
		"listeners.tls.certificate": &f.Certificate, "listeners.tls.key": &f.Key,
		"listeners.tls.client_ca": &f.ClientCA, "listeners.tls.ca": &f.CA,
	}
}

// A Trunk is a peer that may call the lines.
type Trunk struct {
	From       []Network `koanf:"from"`
	Transports []string  `koanf:"transports"` // it may come by; empty: any
	Names      []string  `koanf:"names"`      // its certificate is of one of these; empty: none is needed
	Calls      int       `koanf:"calls"`      // at once; 0: no limit but the server's
	CallRate   int       `koanf:"call_rate"`  // new ones a second; 0: the same
	Challenge  bool      `koanf:"challenge"`  // its calls must prove User and Password
	Codecs     []string  `koanf:"codecs"`     // of PCMA, PCMU, G722 and opus, in order of preference; empty: all
	Encryption string    `koanf:"encryption"` // of the sound: preferred, required or off; empty: preferred

	// Asserted says that the trunk checks who calls: its P-Asserted-Identity counts.
	Asserted bool `koanf:"asserted"`
	// Verstat says that it verifies signatures itself: its verstat counts.
	Verstat bool `koanf:"verstat"`

	// Country is the calling code of its national numbers; empty leaves numbers as
	// they are. National and International are what stands before numbers, 0 and 00;
	// a National of - is nothing.
	Country       string `koanf:"country"`
	National      string `koanf:"national"`
	International string `koanf:"international"`

	// To is where its calls are placed: a sip: URI without a user; empty: none are.
	// User and Password answer its challenges, and ours; Register keeps us registered there.
	To       string   `koanf:"to"`
	User     string   `koanf:"user"`
	Password Secret   `koanf:"password"`
	Register bool     `koanf:"register"`
	Outbound Outbound `koanf:"outbound"`
}

// Outbound is what may be called outside: nothing that is not allowed here. A call
// must pass the tenant's and the trunk's.
type Outbound struct {
	Trunk  string   `koanf:"trunk"`  // of a tenant: by which its calls go
	Number string   `koanf:"number"` // of a tenant: shown to who is called
	Allow  []string `koanf:"allow"`  // prefixes in E.164, such as +33
	Refuse []string `koanf:"refuse"` // and what of them not
	Hours  []string `koanf:"hours"`  // such as mon-fri 08:00-20:00; empty: always
	Zone   string   `koanf:"zone"`   // of the hours; empty: Europe/Paris
	Calls  int      `koanf:"calls"`  // at once; 0: no limit of a trunk, 20 of a tenant
	Hourly int      `koanf:"hourly"` // new ones in an hour; 0: no limit of a trunk, 200 of a tenant
}

// IdentitySettings say whose signatures on callers' numbers are believed (STIR).
type IdentitySettings struct {
	Roots string   `koanf:"roots"`
	Hosts []string `koanf:"hosts"`
}

// Speech says which engines recognise and synthesise.
type Speech struct {
	// Backend is "bundled", or the gRPC target of engines that somebody else runs.
	Backend string `koanf:"backend"`
	// ASR and TTS are gRPC targets of a recognizer or a synthesizer that takes the
	// backend's place; empty leaves it to the backend.
	ASR     string            `koanf:"asr"`
	TTS     string            `koanf:"tts"`
	Program string            `koanf:"program"`
	Models  map[string]string `koanf:"models"`
	// Providers are engines of which one stands in for the other. Where there are some
	// that recognise, neither ASR nor the backend does, unless it is one of them; where
	// some synthesise, so it is with TTS.
	Providers map[string]Provider `koanf:"providers"`
	// Cache is a folder for the audio of the operator's own texts, encrypted with a key
	// that ends with the process; empty: none is kept on disk. CacheSize bounds it, in MiB.
	Cache     string `koanf:"cache"`
	CacheSize int    `koanf:"cache_size"`
	// Ahead has the operator's own texts spoken at the start, before a caller needs them.
	Ahead bool `koanf:"ahead"`
}

// A Provider is one of several engines. Which of them is asked: those for the language
// alone, first those of the class that is wanted, then by Priority, and among equals by
// Weight.
type Provider struct {
	Kind      string   `koanf:"kind"`      // asr, tts or both; empty: both
	Target    string   `koanf:"target"`    // gRPC target, or bundled: our own
	Languages []string `koanf:"languages"` // as BCP 47; empty: all
	Class     string   `koanf:"class"`     // a word of the operator's, such as premium
	Priority  int      `koanf:"priority"`  // lower ones are asked first
	Weight    int      `koanf:"weight"`    // share among those of the same priority; 0: 1
	Streams   int      `koanf:"streams"`   // at once; 0: no limit
	Silence   bool     `koanf:"silence"`   // a recognizer is sent silence too, as one that counts time by it wants

	// Voices are what a synthesizer calls the voices of ours; others are asked for as they are.
	Voices map[string]string `koanf:"voices"`

	TLS       ProviderTLS `koanf:"tls"`
	TokenFile string      `koanf:"token_file"` // sent as authorization: Bearer; read again for each stream

	// How long it may take before another is asked; 0 is what package asr or tts says.
	Ready      time.Duration `koanf:"ready"`       // a recognizer, to be ready for a stream
	Stall      time.Duration `koanf:"stall"`       // either, without getting on
	FirstAudio time.Duration `koanf:"first_audio"` // a synthesizer, to the first audio of a text
	Hedge      time.Duration `koanf:"hedge"`       // the same, before another is asked beside it
}

// ProviderTLS is how a provider and we prove who we are. The files are PEM, read again
// for each connection. Any of these means TLS.
type ProviderTLS struct {
	Enabled     bool   `koanf:"enabled"`     // with the authorities of the system
	CA          string `koanf:"ca"`          // authorities of the engine
	Certificate string `koanf:"certificate"` // ours, for an engine that asks for it
	Key         string `koanf:"key"`
	ServerName  string `koanf:"server_name"` // on the engine's certificate; empty: the target's host
}

// files gives the names of a provider's files by their keys.
func (p *Provider) files() map[string]*string { return p.TLS.files(&p.TokenFile) }

func (p Provider) credentials() engines.Credentials { return p.TLS.credentials(p.TokenFile) }

func (t *ProviderTLS) files(token *string) map[string]*string {
	return map[string]*string{"tls.ca": &t.CA, "tls.certificate": &t.Certificate, "tls.key": &t.Key, "token_file": token}
}

func (t ProviderTLS) credentials(token string) engines.Credentials {
	return engines.Credentials{
		TLS: t.Enabled, CA: t.CA, Certificate: t.Certificate, Key: t.Key, ServerName: t.ServerName, TokenFile: token,
	}
}

// A Dialog is a service that says what a tenant's callers want, before the bundled
// classifier is asked, which answers when the service is late or fails.
type Dialog struct {
	Target    string        `koanf:"target"` // gRPC target; empty: none
	TLS       ProviderTLS   `koanf:"tls"`
	TokenFile string        `koanf:"token_file"` // sent as authorization: Bearer; read again for each question
	Classify  time.Duration `koanf:"classify"`   // how long it may take; 0: 400 ms
}

func (s *Dialog) files() map[string]*string { return s.TLS.files(&s.TokenFile) }

func (s Dialog) credentials() engines.Credentials { return s.TLS.credentials(s.TokenFile) }

// A Payment is a tokeniser: cards that callers key in go there, and nowhere else.
type Payment struct {
	Target    string        `koanf:"target"` // gRPC target; empty: none, and no assistant may have a capture
	TLS       ProviderTLS   `koanf:"tls"`
	TokenFile string        `koanf:"token_file"` // sent as authorization: Bearer; read again for each card
	Timeout   time.Duration `koanf:"timeout"`    // how long it may take, each of two times; 0: 5 s
}

func (s *Payment) files() map[string]*string { return s.TLS.files(&s.TokenFile) }

func (s Payment) credentials() engines.Credentials { return s.TLS.credentials(s.TokenFile) }

// Webhooks are the systems that a tenant's assistants may ask. What is not here is not
// asked, whatever an assistant says.
type Webhooks struct {
	Allow map[string]WebhookHost `koanf:"allow"` // by host, with the port if it is not 443
}

// A WebhookHost is how one of them is reached. The files are PEM, read at the start and by a
// reload.
type WebhookHost struct {
	AllowPrivate bool   `koanf:"allow_private"` // its address may be of a private network or of this machine
	Calls        int    `koanf:"calls"`         // questions at once; 0: 16
	CA           string `koanf:"ca"`            // its authorities; empty: the system's
	Certificate  string `koanf:"certificate"`   // ours, if it asks for one
	Key          string `koanf:"key"`
}

func (h *WebhookHost) files() map[string]*string {
	return map[string]*string{"ca": &h.CA, "certificate": &h.Certificate, "key": &h.Key}
}

func (h WebhookHost) host() webhook.HostConfig {
	return webhook.HostConfig{Private: h.AllowPrivate, Calls: h.Calls, CA: h.CA, Certificate: h.Certificate, Key: h.Key}
}

// Kinds of engines.
const (
	kindASR  = "asr"
	kindTTS  = "tts"
	kindBoth = "both"
)

// providers gives the engines of a kind, by name. There is one at least: without any in
// the configuration it is that of the backend.
func (s Speech) providers(kind string) map[string]Provider {
	out := map[string]Provider{}
	for name, p := range s.Providers {
		if p.Kind == kind || p.Kind == kindBoth {
			out[name] = p
		}
	}
	if len(out) == 0 {
		own := map[string]string{kindASR: s.ASR, kindTTS: s.TTS}[kind]
		out["backend"] = Provider{Kind: kind, Target: cmp.Or(own, s.Backend), Weight: 1}
	}
	return out
}

// CallSettings is how a conversation behaves.
type CallSettings struct {
	SilenceBudget time.Duration `koanf:"silence_budget"`
	MediaTimeout  time.Duration `koanf:"media_timeout"`
}

// LimitSettings bound what may come at once. Rates are for each second.
type LimitSettings struct {
	Calls       int `koanf:"calls"`
	CallRate    int `koanf:"call_rate"`
	CPU         int `koanf:"cpu"` // percent of the cores
	Connections int `koanf:"connections"`
	PerSource   int `koanf:"per_source"`
	Strangers   int `koanf:"strangers"`
}

func (l LimitSettings) values() map[string]int {
	return map[string]int{
		"calls": l.Calls, "call_rate": l.CallRate, "cpu": l.CPU, "connections": l.Connections, "per_source": l.PerSource, "strangers": l.Strangers,
	}
}

// RedactionSettings say what of callers' words is withheld besides card numbers, their
// codes, IBANs and social security numbers.
type RedactionSettings struct {
	Withhold []string `koanf:"withhold"` // phone, email, address, birth_date
	Card     string   `koanf:"card"`     // what is shown of a card number: last4, first6_last4, nothing
	Agents   string   `koanf:"agents"`   // what is done with a card that a caller says to an agent: hear, mute
	// ListenDelay is how much later than the agent supervisors hear a call, to whom no more of a
	// card number is to be heard than is recognized later than that.
	ListenDelay time.Duration `koanf:"listen_delay"`
}

// What may be done with a card that a caller says to an agent.
const (
	agentsHear = "hear"
	agentsMute = "mute" // the agent does not hear the caller meanwhile
)

// policy gives the policy of calls. Check has seen that it can be made.
func (s RedactionSettings) policy() redact.Policy {
	p, err := redact.ParsePolicy(s.Withhold, s.Card)
	if err != nil {
		p, _ = redact.PolicyNamed("strict")
	}
	return p
}

// RecordSettings bounds what is remembered in memory.
type RecordSettings struct {
	Calls   int `koanf:"calls"`
	Entries int `koanf:"entries"`
	// Messages are those that callers leave: so many of each tenant.
	Messages int `koanf:"messages"`
}

// LogSettings is how much is logged, and how.
type LogSettings struct {
	Level  LogLevel  `koanf:"level"`
	Format LogFormat `koanf:"format"`
}

// A Tenant is one company: its numbers, its queues and its people.
type Tenant struct {
	Numbers     map[string]Number `koanf:"numbers"`
	Queues      map[string]Queue  `koanf:"queues"`
	Agents      map[string]Agent  `koanf:"agents"`
	RingTimeout time.Duration     `koanf:"ring_timeout"`
	WrapUp      time.Duration     `koanf:"wrap_up"`
	Rona        *int              `koanf:"rona"`       // offers an agent may leave unanswered in a row before a pause; 0: any number
	RonaPause   time.Duration     `koanf:"rona_pause"` // how long that pause is
	Zone        string            `koanf:"zone"`       // whose midnight begins a day of the queues' figures; empty: Europe/Paris
	Outbound    Outbound          `koanf:"outbound"`
	Codecs      []string          `koanf:"codecs"`     // of its agents' phones, as for a trunk
	Encryption  string            `koanf:"encryption"` // of the sound of these phones, as for a trunk
	Dialog      Dialog            `koanf:"dialog"`
	Payment     Payment           `koanf:"payment"`
	Webhooks    Webhooks          `koanf:"webhooks"`
	Outputs     Outputs           `koanf:"outputs"`
	Cards       string            `koanf:"cards"`        // how card numbers are taken: voice (and keys), or keypad: nothing said meanwhile reaches a recognizer
	Codes       map[string]string `koanf:"codes"`        // what agents' phones dial: "*45": paused:lunch; none: *45 to *48
	Supervision string            `koanf:"supervision"`  // whether agents hear a tone when a supervisor comes onto their call: told, or silent
	SentWhisper string            `koanf:"sent_whisper"` // what a colleague hears first to whom an agent sends a caller: tell, ask or none
	Refuge      string            `koanf:"refuge"`       // a number that takes callers when this process stops
}

// How card numbers are taken.
const (
	cardsByVoice = "voice"
	cardsByKey   = "keypad"
)

// A Number is what answers when it is dialled. Without a Language the caller
// is greeted in all languages of the assistant and chooses.
type Number struct {
	Assistant string `koanf:"assistant"`
	Language  string `koanf:"language"`
}

// An Agent is a human with a SIP phone that registers with this name.
type Agent struct {
	Password Secret   `koanf:"password"`
	Queues   []string `koanf:"queues"`
	Skills   []string `koanf:"skills"`
}

// Names that mean something to us.
const (
	// DefaultTenant is the tenant of a configuration that names none.
	DefaultTenant = "default"
	// AnyNumber stands for every number that no tenant lists.
	AnyNumber = "*"
	// BundledAssistant is the example assistant inside the binary.
	BundledAssistant = "energy"
	// DemoAgentName is the user of the agent that --demo-agent starts.
	DemoAgentName = "demo"

	bundled            = "bundled"
	embedded           = "embedded"
	defaultRingTimeout = 20 * time.Second
	defaultWrapUp      = 5 * time.Second
	defaultRona        = 2
	defaultRonaPause   = 5 * time.Minute
	defaultZone        = "Europe/Paris"
	defaultOutCalls    = 20
	defaultOutHourly   = 200
)

// complete fills in what depends on other settings.
func (c *Config) complete() {
	if len(c.Redaction.Withhold) == 0 {
		c.Redaction.Withhold = nil
	}
	if len(c.Listeners.Origins) == 0 {
		c.Listeners.Origins = nil
	}
	if len(c.Listeners.ICEServers) == 0 {
		c.Listeners.ICEServers = nil
	}
	if p := &c.Listeners.Proxy; len(p.From) == 0 && len(p.Names) == 0 {
		*p = ProxySettings{}
	}
	if len(c.WebCalls.Numbers) == 0 {
		c.WebCalls.Numbers = nil
	}
	if len(c.Identity.Hosts) == 0 {
		c.Identity.Hosts = nil
	}
	c.SignIn.complete()
	if len(c.Trunks) == 0 {
		c.Trunks = map[string]Trunk{"local": {From: loopbackNetworks()}}
	}
	if len(c.Tenants) == 0 {
		c.Tenants = map[string]Tenant{DefaultTenant: bundledTenant()}
	}
	for name, p := range c.Speech.Providers {
		p.Kind, p.Weight = cmp.Or(p.Kind, kindBoth), cmp.Or(p.Weight, 1)
		c.Speech.Providers[name] = p
	}
	for name, t := range c.Tenants {
		c.Tenants[name] = t.complete()
	}
}

func (t Tenant) complete() Tenant {
	t.RingTimeout = cmp.Or(t.RingTimeout, defaultRingTimeout)
	t.WrapUp = cmp.Or(t.WrapUp, defaultWrapUp)
	if t.Rona == nil {
		n := defaultRona
		t.Rona = &n
	}
	t.RonaPause = cmp.Or(t.RonaPause, defaultRonaPause)
	t.Zone = cmp.Or(t.Zone, defaultZone)
	t.Cards = cmp.Or(t.Cards, cardsByVoice)
	if t.Codes == nil {
		t.Codes = defaultCodes()
	}
	t.Supervision = cmp.Or(t.Supervision, supervisionTold)
	t.SentWhisper = cmp.Or(t.SentWhisper, whisperNone)
	if len(t.Outbound.Allow) > 0 {
		t.Outbound.Calls, t.Outbound.Hourly = cmp.Or(t.Outbound.Calls, defaultOutCalls), cmp.Or(t.Outbound.Hourly, defaultOutHourly)
	}
	for _, list := range []*[]string{&t.Outbound.Allow, &t.Outbound.Refuse, &t.Outbound.Hours, &t.Codecs} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(t.Webhooks.Allow) == 0 {
		t.Webhooks.Allow = nil
	}
	t.Outputs = t.Outputs.complete()
	for number, n := range t.Numbers {
		n.Assistant = cmp.Or(n.Assistant, BundledAssistant)
		t.Numbers[number] = n
	}
	return t
}

// bundledTenant is the line that runs with no configuration.
func bundledTenant() Tenant {
	return Tenant{
		Numbers: map[string]Number{"line": {}, "line-en": {Language: "en"}, "line-fr": {Language: "fr"}},
		Queues:  map[string]Queue{"billing": {}, "technical": {}, "emergency": {}},
		Agents:  map[string]Agent{},
	}
}
