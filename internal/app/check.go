package app

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	stdpath "path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/outbound"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// Check finds what is wrong with the settings together; each value alone was
// checked when it was read.
func (c *Config) Check() []*SettingError {
	k := &checker{}
	k.want(c.Version == 1, "version", "%d is not known; allowed: 1", c.Version)
	k.listeners(c.Listeners)
	_, err := openIdentity(c.Identity)
	k.want(err == nil, "identity", "%v", err)
	k.want(c.Call.SilenceBudget >= 100e6, "call.silence_budget", "too short; allowed: 100ms and more")
	k.want(c.Call.MediaTimeout >= 100e6, "call.media_timeout", "too short; allowed: 100ms and more")
	for key, n := range c.Limits.values() {
		k.want(n > 0, "limits."+key, "allowed: 1 and more")
	}
	k.want(c.DrainTimeout >= 0, "drain_timeout", "negative; allowed: 0s and more")
	k.webCalls(c.WebCalls)
	k.redaction(c.Redaction)
	k.want(c.Records.Calls > 0, "records.calls", "allowed: 1 and more")
	k.want(c.Records.Entries > 0, "records.entries", "allowed: 1 and more")
	k.want(c.Records.Messages > 0 && c.Records.Messages <= 1000, "records.messages", "allowed: 1 to 1000")
	k.redis(c.Redis.Reveal())
	k.models(c.Speech.Models)
	for key, target := range map[string]string{"backend": c.Speech.Backend, "asr": c.Speech.ASR, "tts": c.Speech.TTS} {
		if target != "" && target != bundled {
			k.target("speech."+key, target)
		}
	}
	k.want(c.Speech.CacheSize > 0, "speech.cache_size", "allowed: 1 and more")
	for name, p := range c.Speech.Providers {
		k.provider("speech.providers["+name+"]", name, p, c.Speech.Backend)
	}
	for name, t := range c.Trunks {
		k.trunk("trunks["+name+"]", t, c.Listeners)
	}
	k.signIn(c.SignIn.OIDC, c.Tenants)
	k.saml(c.SignIn.SAML, c.Tenants)
	k.tenants(c.Tenants, c.Trunks)
	return k.faults
}

// mostListenDelay is memory of 32 KB a second for each supervisor, and more patience than one has.
const mostListenDelay = 10 * time.Second

// redaction names each word that is not known, by its place.
func (k *checker) redaction(s RedactionSettings) {
	for i, w := range s.Withhold {
		_, err := redact.ParsePolicy([]string{w}, "")
		k.known(fmt.Sprintf("redaction.withhold[%d]", i), err)
	}
	_, err := redact.ParsePolicy(nil, s.Card)
	k.known("redaction.card", err)
	k.want(s.Agents == agentsHear || s.Agents == agentsMute, "redaction.agents", "%q is not known; allowed: hear, mute", s.Agents)
	k.want(s.ListenDelay >= 0 && s.ListenDelay <= mostListenDelay, "redaction.listen_delay", "%v is not between 0s and %v", s.ListenDelay, mostListenDelay)
}

// known takes an error of redact.ParsePolicy without the name that path says already.
func (k *checker) known(path string, err error) {
	if err != nil {
		_, what, _ := strings.Cut(err.Error(), ": ")
		k.want(false, path, "%s", what)
	}
}

type checker struct{ faults []*SettingError }

func (k *checker) want(ok bool, path, format string, args ...any) {
	if !ok {
		k.faults = append(k.faults, &SettingError{Path: path, What: fmt.Sprintf(format, args...)})
	}
}

func (k *checker) listeners(l Listeners) {
	k.want(len(l.SIP) > 0, "listeners.sip", "no address; name at least one")
	k.tls(l)
	k.web(l)
	k.want(len(l.RTPAddress) > 0, "listeners.rtp_address", "no address; name at least one")
	k.want(!l.Advertise.IsValid() || !l.Advertise.IsUnspecified(), "listeners.advertise", "%s is no address that a peer can reach", l.Advertise)
	for i, a := range l.RTPAddress {
		path := fmt.Sprintf("listeners.rtp_address[%d]", i)
		k.told(path, a, a.Bind, told(a.Bind, a.Advertise, l.Advertise))
		k.want(!slices.ContainsFunc(l.RTPAddress[:i], func(b RTPAddress) bool { return a.Bind == b.Bind }), path, "%s is there already", a.Bind)
	}
	for i, a := range l.SIP {
		path, bound := fmt.Sprintf("listeners.sip[%d]", i), a.bound().Addr()
		k.told(path, a, bound, told(bound, a.Advertise, l.Advertise))
		if j := slices.IndexFunc(l.SIP[:i], a.collides); j >= 0 {
			k.want(false, path, "%s and %s want the same port; allowed: another port, or addresses of which neither includes the other", a, l.SIP[j])
		}
	}
	k.iceServers("listeners.ice_servers", l.ICEServers)
	for i, o := range l.Origins {
		k.want(isHostPattern(o), fmt.Sprintf("listeners.origins[%d]", i), "%q is not a host; write one such as app.example.com or *.example.com", o)
	}
}

// told checks that peers can reach what they are told: [::] is of both families.
func (k *checker) told(path string, a fmt.Stringer, bound, told netip.Addr) {
	k.want(!bound.IsUnspecified() || told.IsValid(), path,
		"%s listens on every address; say after it (=ADDRESS) or with listeners.advertise (--advertise) which one peers shall use", a)
	k.want(!told.IsValid() || told.Is4() == bound.Is4() || bound == netip.IPv6Unspecified(), path, "%s cannot be told for an address of the other family", told)
}

// isHostPattern reports whether a pattern can match the host of a page, or its
// scheme and host.
func isHostPattern(s string) bool {
	if _, host, ok := strings.Cut(s, "://"); ok {
		s = host
	}
	_, err := stdpath.Match(s, "")
	return err == nil && s != "" && !strings.ContainsAny(s, "/ ")
}

// tls reads the certificates once, as the server will. Authorities of servers that
// are called need no certificate of ours.
func (k *checker) tls(l Listeners) {
	const name = "name it with listeners.tls.certificate and .key (--tls-certificate, --tls-key)"
	f := l.TLS
	if f.Certificate == "" && f.Key == "" {
		for i, a := range l.SIP {
			k.want(!a.secured(), fmt.Sprintf("listeners.sip[%d]", i), "%s needs a certificate; "+name, a)
		}
	}
	switch {
	case f.Certificate == "" && f.Key == "" && f.ClientCA != "":
		k.want(false, "listeners.tls.client_ca", "needs a certificate of ours; "+name)
	case (f.Certificate == "") != (f.Key == ""):
		k.want(false, "listeners.tls", "a certificate and its key go together; name both, with listeners.tls.certificate and .key (--tls-certificate, --tls-key)")
	default:
		_, err := certs.Open(certs.Files(f), slog.New(slog.DiscardHandler))
		k.want(err == nil, "listeners.tls", "%v", err)
	}
}

func (k *checker) codecs(path string, names []string) {
	for i, c := range names {
		k.want(slices.Contains(sdp.Codecs(), c), fmt.Sprintf("%s.codecs[%d]", path, i), "%q is not known; allowed: %s", c, strings.Join(sdp.Codecs(), ", "))
	}
}

func (k *checker) trunk(path string, t Trunk, l Listeners) {
	k.want(len(t.From) > 0, path+".from", "no network; name at least one")
	for i, network := range t.Transports {
		k.want(slices.Contains(sipNetworks(), network), fmt.Sprintf("%s.transports[%d]", path, i),
			"%q is not known; allowed: %s", network, strings.Join(sipNetworks(), ", "))
	}
	k.want(len(t.Names) == 0 || l.TLS.ClientCA != "", path+".names",
		"no certificate could be checked; name the authorities with listeners.tls.client_ca (--tls-client-ca)")
	k.codecs(path, t.Codecs)
	k.encryption(path, t.Encryption)
	k.want(t.Calls >= 0, path+".calls", "negative; allowed: 0 (no limit) and more")
	k.want(t.CallRate >= 0, path+".call_rate", "negative; allowed: 0 (no limit) and more")
	if t.To != "" {
		_, err := trunkURI(t.To, "")
		lower := strings.ToLower(t.To)
		k.want(!strings.HasPrefix(lower, "sips:") || !strings.Contains(lower, "transport=") || overTLSParameter(lower), path+".to",
			"sips: goes over TLS alone; leave the transport out, or write transport=tls")
		k.want(err == nil, path+".to", "%q is not where calls can be placed; write sip:HOST[:PORT][;transport=tls]", t.To)
	}
	k.want(!t.Register || t.To != "" && t.User != "" && t.Password.Reveal() != "", path+".register", "needs to, user and password")
	k.want(!t.Challenge || t.User != "" && t.Password.Reveal() != "", path+".challenge", "needs user and password")
	k.want(t.Outbound.Trunk == "" && t.Outbound.Number == "", path+".outbound", "trunk and number belong to a tenant's")
	k.outbound(path+".outbound", t.Outbound)
	for key, digits := range map[string]string{"country": t.Country, "international": t.International} {
		k.want(strings.Trim(digits, "0123456789") == "", path+"."+key, "%q is not allowed; write digits, such as 33", digits)
	}
	k.want(t.National == noPrefix || strings.Trim(t.National, "0123456789") == "", path+".national",
		"%q is not allowed; write digits, such as 0, or - where nothing stands before national numbers", t.National)
}

func (k *checker) encryption(path, e string) {
	_, ok := media.ParseEncryption(e)
	k.want(ok, path+".encryption", "%q is not known; allowed: preferred, required, off", e)
}

// outbound looks at each prefix and time.
func (k *checker) outbound(path string, o Outbound) {
	for key, prefixes := range map[string][]string{"allow": o.Allow, "refuse": o.Refuse} {
		for i, p := range prefixes {
			digits, plus := strings.CutPrefix(p, "+")
			k.want(plus && digits != "" && strings.Trim(digits, "0123456789") == "", fmt.Sprintf("%s.%s[%d]", path, key, i),
				"%q is not a prefix; write one as E.164 has it, such as +33", p)
		}
	}
	_, err := outbound.ParseHours(o.Hours, o.Zone)
	k.want(err == nil, path+".hours", "%v", err)
	k.want(o.Calls >= 0, path+".calls", "negative; allowed: 0 (no limit) and more")
	k.want(o.Hourly >= 0, path+".hourly", "negative; allowed: 0 (no limit) and more")
}

// noTrunk says why calls cannot go by a trunk, and by which they could.
func noTrunk(name string, trunks map[string]Trunk) string {
	var able []string
	for _, n := range names(trunks) {
		if trunks[n].To != "" {
			able = append(able, n)
		}
	}
	say := fmt.Sprintf("there is no trunk %q", name)
	if _, known := trunks[name]; known {
		say = fmt.Sprintf("trunk %q has no to: give it one, such as sip:HOST", name)
	}
	if len(able) > 0 {
		say += "; calls can be placed by " + strings.Join(able, ", ")
	}
	return say
}

// outside checks what of a tenant leads to numbers outside.
func (k *checker) outside(path string, t Tenant, trunks map[string]Trunk) {
	k.outbound(path+".outbound", t.Outbound)
	trunk, known := trunks[t.Outbound.Trunk]
	k.want(t.Outbound.Trunk == "" || known && trunk.To != "", path+".outbound.trunk",
		"%s", noTrunk(t.Outbound.Trunk, trunks))
	k.want(len(t.Outbound.Allow) == 0 || t.Outbound.Trunk != "", path+".outbound.trunk", "missing; name the trunk by which calls go")
	for _, q := range names(t.Queues) {
		place := path + ".queues[" + q + "]"
		k.want(!call.IsDirect(q), place, "a name that begins with agent. is an agent's own")
		k.want(t.Queues[q].Number == "" || t.Outbound.Trunk != "", place+".number", "needs outbound.trunk")
		k.want(slices.Contains([]string{"", string(call.ByBridge), string(call.ByRefer), string(call.ByJoin)}, t.Queues[q].By), place+".by",
			"%q is not known; allowed: bridge, refer, join", t.Queues[q].By)
	}
	k.want(t.Refuge == "" || t.Outbound.Trunk != "", path+".refuge", "needs outbound.trunk")
	k.number(path+".refuge", t.Refuge, trunk)
	k.number(path+".outbound.number", t.Outbound.Number, trunk)
	for _, q := range names(t.Queues) {
		k.number(path+".queues["+q+"].number", t.Queues[q].Number, trunk)
	}
}

// number holds what is called, or shown, outside to what a trunk can call.
func (k *checker) number(path, n string, t Trunk) {
	k.want(n == "" || outbound.IsNumber(t.number(n)), path, "%q is not a number; write one as E.164 has it, such as +33123456789", n)
}

// models looks at the folders: without one of them the bundled engines would not
// start, and nobody would be understood in any language.
func (k *checker) models(models map[string]string) {
	for _, language := range names(models) {
		path := "speech.models[" + language + "]"
		k.want(slices.Contains(assistant.Languages(), language), path, "language %q is not known; allowed: %s", language, strings.Join(assistant.Languages(), ", "))
		_, err := os.Stat(filepath.Join(models[language], "mdef"))
		k.want(err == nil, path, "%s is no acoustic model in pocketsphinx's layout: it holds no file mdef", models[language])
	}
}

// provider checks one engine, and reads its files once, as the server will.
func (k *checker) provider(path, name string, p Provider, backend string) {
	k.name(path, name)
	k.want(slices.Contains([]string{kindASR, kindTTS, kindBoth}, p.Kind), path+".kind", "%q is not known; allowed: asr, tts, both", p.Kind)
	k.want(p.Target != "", path+".target", "missing; write a gRPC target such as dns:///speech:9000, or bundled")
	k.want(p.Target != bundled || backend == bundled, path+".target", "the bundled engines do not run: speech.backend (--speech) is another")
	for i, l := range p.Languages {
		k.want(isLanguage(l), fmt.Sprintf("%s.languages[%d]", path, i), "%q is not a language; write one such as fr or fr-CA", l)
	}
	if p.Class != "" {
		k.name(path+".class", p.Class)
	}
	k.want(p.Weight >= 1, path+".weight", "allowed: 1 and more")
	k.want(p.Streams >= 0, path+".streams", "negative; allowed: 0 (no limit) and more")
	for key, d := range map[string]time.Duration{"ready": p.Ready, "stall": p.Stall, "first_audio": p.FirstAudio, "hedge": p.Hedge} {
		k.want(d == 0 || d >= 50*time.Millisecond, path+"."+key, "too short; allowed: 50ms and more")
		k.want(d <= mostPatience, path+"."+key, "too long, the caller waits in silence; allowed: up to %s", mostPatience)
	}
	if p.Target != "" && p.Target != bundled {
		k.target(path+".target", p.Target)
	}
	k.credentials(path, p.Target, p.credentials())
}

// mostPatience bounds what an engine may be granted: nobody stays on the line longer for a
// word of it.
const mostPatience = 30 * time.Second

// target checks where an engine or a service is said to be.
func (k *checker) target(path, target string) {
	err := engines.CheckTarget(target)
	k.want(err == nil, path, "%q is no target of gRPC: %v", target, err)
}

// credentials reads the files of an engine once, as the server will.
func (k *checker) credentials(path, target string, c engines.Credentials) {
	k.want(c.TokenFile == "" || c.Secure() || isNear(target), path+".token_file",
		"the token would go over the network in clear; set tls, or use a target on this machine")
	_, err := c.DialOptions()
	k.want(err == nil, path, "%v", err)
}

// dialog checks a tenant's service. Callers wait for it in silence, so it may not take
// long.
func (k *checker) dialog(path string, s Dialog) {
	if s.Target == "" {
		k.want(s == Dialog{}, path+".target", "missing; write a gRPC target such as dns:///dialog:9000")
		return
	}
	k.want(s.Target != bundled, path+".target", "there is no bundled one; write a gRPC target such as dns:///dialog:9000")
	k.target(path+".target", s.Target)
	k.want(s.Classify == 0 || s.Classify >= 50*time.Millisecond && s.Classify <= 2*time.Second, path+".classify", "allowed: 50ms to 2s")
	k.credentials(path, s.Target, s.credentials())
}

// payment checks a tenant's tokeniser. Card numbers leave for it, so the way there is
// sealed unless it is on this machine.
func (k *checker) payment(path string, s Payment) {
	if s.Target == "" {
		k.want(s == Payment{}, path+".target", "missing; write a gRPC target such as dns:///tokeniser:9000")
		return
	}
	k.want(s.Target != bundled, path+".target", "there is no bundled one; write a gRPC target such as dns:///tokeniser:9000")
	k.target(path+".target", s.Target)
	k.want(s.credentials().Secure() || isNear(s.Target), path+".tls", "card numbers would go over the network in clear; set tls, or use a target on this machine")
	k.want(s.Timeout == 0 || s.Timeout >= 500*time.Millisecond && s.Timeout <= mostTokenTime, path+".timeout", "allowed: 500ms to %s", mostTokenTime)
	k.credentials(path, s.Target, s.credentials())
}

// mostTokenTime bounds how long a caller waits for a tokeniser, each of two times. The
// call itself counts one as late that does not even say so after 12 s.
const mostTokenTime = 10 * time.Second

// isLanguage reports whether s has the form of a tag of BCP 47: fr, fr-CA.
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		letters := strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz") == ""
		if i == 0 && (!letters || len(part) < 2 || len(part) > 3) || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789") != "" || part == "" || len(part) > 8 {
			return false
		}
	}
	return true
}

// isNear reports whether a gRPC target is on this machine.
func isNear(target string) bool {
	if strings.HasPrefix(target, "unix:") || target == bundled {
		return true
	}
	address := target[strings.LastIndex(target, "/")+1:]
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "dns:"))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (k *checker) redis(url string) {
	k.want(url == embedded || queue.CheckAddress(url) == nil, "redis",
		"not understood; allowed: embedded, redis://[USER:PASSWORD@]HOST:PORT[/DB], rediss://…, redis+sentinel://HOST:PORT,…/MASTER, redis+cluster://HOST:PORT,…; what is special in a password is written %%XX")
}

// tenants checks what must be unique over all of them: a dialled number leads
// to one tenant, and an agent's phone registers with one name.
func (k *checker) tenants(ts map[string]Tenant, trunks map[string]Trunk) {
	numbers, agents, files := map[string]string{}, map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(ts)) {
		path := "tenants[" + name + "]"
		k.name(path, name)
		t := ts[name]
		k.codecs(path, t.Codecs)
		k.encryption(path, t.Encryption)
		for _, n := range slices.Sorted(maps.Keys(t.Numbers)) {
			k.unique(numbers, path+".numbers["+n+"]", "number", n, name)
		}
		for key, file := range t.Outputs.files() {
			if *file != "" {
				k.unique(files, path+".outputs."+key, "file", *file, name)
			}
		}
		k.want(t.RingTimeout >= time.Second, path+".ring_timeout", "too short; allowed: 1s and more")
		k.want(t.WrapUp >= 0, path+".wrap_up", "negative; allowed: 0s and more")
		k.want(t.Cards == cardsByVoice || t.Cards == cardsByKey, path+".cards", "%q is not known; allowed: voice, keypad", t.Cards)
		k.codes(path+".codes", t.Codes)
		k.word(path+".supervision", t.Supervision, []string{supervisionTold, supervisionSilent})
		k.outside(path, t, trunks)
		k.dialog(path+".dialog", t.Dialog)
		k.payment(path+".payment", t.Payment)
		k.allowed(path+".webhooks", t.Webhooks)
		k.outputs(path+".outputs", t)
		k.queues(path, t)
		for _, a := range slices.Sorted(maps.Keys(t.Agents)) {
			k.unique(agents, path+".agents["+a+"]", "agent", a, name)
			k.agent(path+".agents["+a+"]", a, t)
			for _, trunk := range names(trunks) {
				k.want(!trunks[trunk].Challenge || trunks[trunk].User != a, path+".agents["+a+"]", "is the user of trunk %s too; one of them needs another name", trunk)
			}
		}
	}
}

func (k *checker) unique(seen map[string]string, path, what, name, tenant string) {
	other, twice := seen[name]
	k.want(!twice, path, "%s %q belongs to tenant %q already", what, name, other)
	seen[name] = tenant
}

func (k *checker) agent(path, name string, t Tenant) {
	k.name(path, name)
	k.want(len(call.DirectQueue(name)) <= 64, path, "too long; allowed: %d characters", 64-len(call.DirectQueue("")))
	a := t.Agents[name]
	k.want(a.Password.Reveal() != "", path+".password", "missing; write it as file:PATH or env:NAME")
	k.want(len(a.Queues) > 0, path+".queues", "none; allowed: %s", queueNames(t))
	k.staffed(path, a, t)
}

func queueNames(t Tenant) string {
	if len(t.Queues) == 0 {
		return "none"
	}
	return strings.Join(names(t.Queues), ", ")
}

func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// name holds a name to what Redis keys, metrics and SIP users can all carry.
func (k *checker) name(path, s string) {
	ok := len(s) <= 64 && s != ""
	for _, r := range s {
		ok = ok && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	}
	k.want(ok, path, "%q is not a name; allowed: 1 to 64 letters, digits, dots, hyphens and underscores", s)
}
