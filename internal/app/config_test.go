package app

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/callward/callward/assistants"
)

// rewrite is only needed here, so it is not a package-wide flag of the binary.
var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// load reads one file, some flags and some variables, as a user would give them.
func load(tb testing.TB, yaml string, args, environ []string) (Loaded, error) {
	tb.Helper()
	dir := tb.TempDir()
	if yaml != "" {
		if err := os.WriteFile(filepath.Join(dir, "callward.yaml"), []byte(yaml), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return Load(Sources{Flags: parsed(tb, args), Environ: environ, Dir: dir})
}

// loadArgs reads flags alone.
func loadArgs(tb testing.TB, args []string) (Loaded, error) {
	tb.Helper()
	return Load(Sources{Flags: parsed(tb, args), Dir: tb.TempDir()})
}

func parsed(tb testing.TB, args []string) *pflag.FlagSet {
	tb.Helper()
	fs := pflag.NewFlagSet("callward", pflag.ContinueOnError)
	AddFlags(fs)
	if err := fs.Parse(args); err != nil {
		tb.Fatal(err)
	}
	return fs
}

func mustLoad(tb testing.TB, yaml string, args, environ []string) Config {
	tb.Helper()
	l, err := load(tb, yaml, args, environ)
	if err != nil {
		tb.Fatal(err)
	}
	return l.Config
}

func TestWithoutAnyConfigurationTheWholeLineIsThere(t *testing.T) {
	c := mustLoad(t, "", nil, nil)
	if got := c.Listeners.SIP; len(got) != 1 || got[0].String() != "127.0.0.1:5060" {
		t.Errorf("sip = %v", got)
	}
	if got := c.Listeners.RTPPorts.String(); got != "20000-29999" {
		t.Errorf("rtp ports = %s", got)
	}
	if c.Listeners.HTTP != "127.0.0.1:8080" || c.Redis.Reveal() != "embedded" || c.Speech.Backend != "bundled" {
		t.Errorf("http %s, redis %s, speech %s", c.Listeners.HTTP, c.Redis.Reveal(), c.Speech.Backend)
	}
	tenant := c.Tenants[DefaultTenant]
	for _, q := range []string{"billing", "technical", "emergency"} {
		if _, ok := tenant.Queues[q]; !ok || tenant.RingTimeout != defaultRingTimeout {
			t.Errorf("queue %s: %v, ring timeout %v", q, ok, tenant.RingTimeout)
		}
	}
	if tenant.Numbers["line-fr"] != (Number{Assistant: BundledAssistant, Language: "fr"}) {
		t.Errorf("line-fr = %+v", tenant.Numbers["line-fr"])
	}
	if len(c.Trunks["local"].From) != 2 || c.Call.SilenceBudget != 1200*time.Millisecond {
		t.Errorf("trunks %v, silence budget %v", c.Trunks, c.Call.SilenceBudget)
	}
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	const file = "version: 1\ncall:\n  silence_budget: 2s\n"
	env := []string{"CALLWARD_SILENCE_BUDGET=3s"}
	args := []string{"--silence-budget", "4s"}
	for name, tc := range map[string]struct {
		yaml      string
		args, env []string
		want      time.Duration
	}{
		"default":                   {want: 1200 * time.Millisecond},
		"file":                      {yaml: file, want: 2 * time.Second},
		"environment over file":     {yaml: file, env: env, want: 3 * time.Second},
		"flag over environment":     {yaml: file, env: env, args: args, want: 4 * time.Second},
		"flag over file":            {yaml: file, args: args, want: 4 * time.Second},
		"empty variable is not set": {yaml: file, env: []string{"CALLWARD_SILENCE_BUDGET="}, want: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mustLoad(t, tc.yaml, tc.args, tc.env).Call.SilenceBudget; got != tc.want {
				t.Errorf("silence budget = %v, want %v", got, tc.want)
			}
		})
	}
}

// Each setting is given in all three ways; the value must arrive each time.
func TestEverySettingHasAKeyAFlagAndAVariable(t *testing.T) {
	model, empty := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(model, "mdef"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		key, yaml, text string
		got             func(Config) string
	}{
		{"listeners.sip", "listeners: {sip: ['udp:127.0.0.1:1', 'tcp:127.0.0.1:2=192.0.2.9']}", "udp:127.0.0.1:1,tcp:127.0.0.1:2=192.0.2.9", func(c Config) string { return c.Listeners.SIP[0].String() + " " + c.Listeners.SIP[1].String() }},
		{"listeners.http", "listeners: {http: 'localhost:0'}", "localhost:0", func(c Config) string { return string(c.Listeners.HTTP) }},
		{"listeners.rtp_ports", "listeners: {rtp_ports: 30000-30100}", "30000-30100", func(c Config) string { return c.Listeners.RTPPorts.String() }},
		{"listeners.rtp_address", "listeners: {rtp_address: ['192.0.2.1=203.0.113.1', '2001:db8::1']}", "192.0.2.1=203.0.113.1,2001:db8::1", func(c Config) string { return fmt.Sprint(c.Listeners.RTPAddress) }},
		{"listeners.advertise", "listeners: {advertise: 192.0.2.2}", "192.0.2.2", func(c Config) string { return c.Listeners.Advertise.String() }},
		{"trunks", "trunks: {carrier: {from: [192.0.2.0/24, 198.51.100.7]}}", "carrier=192.0.2.0/24+198.51.100.7", func(c Config) string { return c.Trunks["carrier"].From[1].String() }},
		{"speech.backend", "speech: {backend: 'dns:///speech:9000'}", "dns:///speech:9000", func(c Config) string { return c.Speech.Backend }},
		{"speech.program", "speech: {program: /opt/speechd}", "/opt/speechd", func(c Config) string { return c.Speech.Program }},
		{"speech.models", "speech: {models: {fr: " + model + "}}", "fr=" + model, func(c Config) string { return c.Speech.Models["fr"] }},
		{"speech.providers", "speech: {providers: {a: {target: 'unix:/run/a', languages: [fr, en-GB]}}}", "{a: {target: 'unix:/run/a', languages: [fr, en-GB]}}", func(c Config) string { return fmt.Sprint(c.Speech.Providers["a"].Languages) }},
		{"speech.cache", "speech: {cache: /var/cache/callward}", "/var/cache/callward", func(c Config) string { return c.Speech.Cache }},
		{"speech.cache_size", "speech: {cache_size: 7}", "7", func(c Config) string { return fmt.Sprint(c.Speech.CacheSize) }},
		{"speech.ahead", "speech: {ahead: false}", "false", func(c Config) string { return map[bool]string{false: "no"}[c.Speech.Ahead] }},
		{"redis", "redis: redis://r:6379/1", "redis://r:6379/1", func(c Config) string { return c.Redis.Reveal() }},
		{"assistants", "assistants: " + empty, empty, func(c Config) string { return c.Assistants }},
		{"call.silence_budget", "call: {silence_budget: 2s}", "2s", func(c Config) string { return c.Call.SilenceBudget.String() }},
		{"call.media_timeout", "call: {media_timeout: 2m}", "2m0s", func(c Config) string { return c.Call.MediaTimeout.String() }},
		{"listeners.origins", "listeners: {origins: ['*.shop.example']}", "*.shop.example", func(c Config) string { return fmt.Sprint(c.Listeners.Origins) }},
		{"identity.hosts", "identity: {hosts: [certificates.example]}", "certificates.example", func(c Config) string { return fmt.Sprint(c.Identity.Hosts) }},
		{"listeners.ice_servers", "listeners: {ice_servers: {near: {urls: 'stun:stun.example.com'}}}", "{near: {urls: 'stun:stun.example.com'}}", func(c Config) string { return strings.Join(c.Listeners.ICEServers["near"].URLs, ",") }},
		{"limits.calls", "limits: {calls: 7}", "7", func(c Config) string { return fmt.Sprint(c.Limits.Calls) }},
		{"limits.call_rate", "limits: {call_rate: 7}", "7", func(c Config) string { return fmt.Sprint(c.Limits.CallRate) }},
		{"limits.connections", "limits: {connections: 7}", "7", func(c Config) string { return fmt.Sprint(c.Limits.Connections) }},
		{"limits.per_source", "limits: {per_source: 7}", "7", func(c Config) string { return fmt.Sprint(c.Limits.PerSource) }},
		{"limits.strangers", "limits: {strangers: 7}", "7", func(c Config) string { return fmt.Sprint(c.Limits.Strangers) }},
		{"test_numbers", "test_numbers: true", "true", func(c Config) string { return map[bool]string{true: "yes"}[c.TestNumbers] }},
		{"demo_agent", "demo_agent: true", "true", func(c Config) string { return map[bool]string{true: "yes"}[c.DemoAgent] }},
		{"drain_timeout", "drain_timeout: 5m", "5m", func(c Config) string { return c.DrainTimeout.String() }},
		{"web_calls.numbers", "web_calls: {numbers: [line, '+33155500100']}", "line,+33155500100", func(c Config) string { return strings.Join(c.WebCalls.Numbers, ",") }},
		{"web_calls.calls", "web_calls: {calls: 7}", "7", func(c Config) string { return fmt.Sprint(c.WebCalls.Calls) }},
		{"web_calls.minute", "web_calls: {minute: 7}", "7", func(c Config) string { return fmt.Sprint(c.WebCalls.Minute) }},
		{"redaction.withhold", "redaction: {withhold: [email, phone]}", "email,phone", func(c Config) string { return strings.Join(c.Redaction.Withhold, ",") }},
		{"redaction.card", "redaction: {card: nothing}", "nothing", func(c Config) string { return c.Redaction.Card }},
		{"redaction.agents", "redaction: {agents: mute}", "mute", func(c Config) string { return c.Redaction.Agents }},
		{"redaction.listen_delay", "redaction: {listen_delay: 4s}", "4s", func(c Config) string { return c.Redaction.ListenDelay.String() }},
		{"records.calls", "records: {calls: 5}", "5", func(c Config) string { return strings.Repeat("x", c.Records.Calls) }},
		{"records.entries", "records: {entries: 6}", "6", func(c Config) string { return strings.Repeat("x", c.Records.Entries) }},
		{"log.level", "log: {level: debug}", "debug", func(c Config) string { return c.Log.Level.String() }},
		{"log.format", "log: {format: json}", "json", func(c Config) string { return string(c.Log.Format) }},
		{"tenants", "tenants: {acme: {numbers: {'+33155500100': {assistant: energy}}, queues: {billing: {}, technical: {}, emergency: {}}}}", "{acme: {numbers: {'+33155500100': {assistant: energy}}, queues: {billing: {}, technical: {}, emergency: {}}}}", func(c Config) string { return c.Tenants["acme"].Numbers["+33155500100"].Assistant }},
	} {
		t.Run(tc.key, func(t *testing.T) {
			s := settingOf(t, tc.key)
			fromFile := tc.got(mustLoad(t, "version: 1\n"+tc.yaml+"\n", nil, nil))
			if fromFile == "" {
				t.Fatal("the file's value did not arrive")
			}
			if got := tc.got(mustLoad(t, "", []string{"--" + s.flag + "=" + tc.text}, nil)); got != fromFile {
				t.Errorf("flag --%s gives %q, the file %q", s.flag, got, fromFile)
			}
			if got := tc.got(mustLoad(t, "", nil, []string{s.env() + "=" + tc.text})); got != fromFile {
				t.Errorf("variable %s gives %q, the file %q", s.env(), got, fromFile)
			}
		})
	}
}

func settingOf(t *testing.T, key string) setting {
	t.Helper()
	for _, s := range settings() {
		if s.key == key {
			return s
		}
	}
	t.Fatalf("no setting %s", key)
	return setting{}
}

func TestNamesMayHoldDotsAndNumbersPlusSigns(t *testing.T) {
	c := mustLoad(t, `version: 1
tenants:
  acme.fr:
    numbers: {"+33155500100": {language: fr}, "*": {}}
    queues: {billing: {}, technical: {}, emergency: {skills: contracts}}
    agents: {jean.dupont: {password: x, queues: billing, skills: [fr, contracts]}}
`, nil, nil)
	a := c.Tenants["acme.fr"].Agents["jean.dupont"]
	if a.Password.Reveal() != "x" || len(a.Queues) != 1 || len(a.Skills) != 2 {
		t.Errorf("agent = %+v", a)
	}
	if got := c.Tenants["acme.fr"].Queues["emergency"].Skills; len(got) != 1 || got[0] != "contracts" {
		t.Errorf("skills = %q", got)
	}
	if n := c.Tenants["acme.fr"].Numbers["+33155500100"]; n.Language != "fr" || n.Assistant != BundledAssistant {
		t.Errorf("number = %+v", n)
	}
}

func TestASecretMayStandInAFileOrAVariable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "redis")
	if err := os.WriteFile(path, []byte("redis://user:hunter2@r:6379\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CALLWARD_TEST_REDIS", "redis://from-env:6379")
	if got := mustLoad(t, "version: 1\nredis: file:"+path, nil, nil).Redis.Reveal(); got != "redis://user:hunter2@r:6379" {
		t.Errorf("from a file: %q", got)
	}
	if got := mustLoad(t, "", []string{"--redis=env:CALLWARD_TEST_REDIS"}, nil).Redis.Reveal(); got != "redis://from-env:6379" {
		t.Errorf("from a variable: %q", got)
	}
}

func TestALoadedConfigurationNeverPrintsASecret(t *testing.T) {
	c := mustLoad(t, `version: 1
redis: redis://user:hunter2@r:6379
tenants: {acme: {queues: {q: {}}, agents: {a: {password: hunter2, queues: [q]}}}}
`, nil, nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := sprintf(verb, c, &c, c.Redis, []any{c}); strings.Contains(got, "hunter2") || strings.Contains(got, "68756e746572") {
			t.Errorf("%s shows the secret", verb)
		}
	}
}

// Errors are an interface: each faulty file in testdata/bad has its message beside it.
func TestABadConfigurationIsRefusedWithPlaceAndRemedy(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			_, err = load(t, string(data), nil, nil)
			if err == nil {
				t.Fatal("was accepted")
			}
			golden(t, strings.TrimSuffix(f, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

// Who calls over IPv4 is seen by an address of IPv4, however that is written here.
func TestAnAddressOfIPv4MayBeWrittenAsOneOfIPv6(t *testing.T) {
	c := mustLoad(t, `version: 1
listeners: {advertise: "::ffff:192.0.2.7"}
trunks: {carrier: {from: ["::ffff:192.0.2.1", "::ffff:198.51.100.9/120", "2001:db8::/32", "::/0"]}}
`, nil, nil)
	want := []string{"192.0.2.1/32", "198.51.100.0/24", "2001:db8::/32", "::/0"}
	for i, n := range c.Trunks["carrier"].From {
		if n.String() != want[i] {
			t.Errorf("%s, want %s", n, want[i])
		}
	}
	if got := c.Listeners.Advertise.String(); got != "192.0.2.7" {
		t.Errorf("advertises %s", got)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestABadFlagOrVariableIsNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		args, env []string
		want      string
	}{
		"flag":       {args: []string{"--http=0.0.0.0:8080"}, want: "--http: listeners.http: 0.0.0.0:8080 can be reached from other machines"},
		"list flag":  {args: []string{"--sip=127.0.0.1:5060,nowhere"}, want: `--sip: listeners.sip[1]: "nowhere" is not an address`},
		"variable":   {env: []string{"CALLWARD_DRAIN_TIMEOUT=soon"}, want: `CALLWARD_DRAIN_TIMEOUT: drain_timeout: not a duration`},
		"pair":       {args: []string{"--trunk=carrier=10.0.0.0/99"}, want: `--trunk: trunks[carrier].from[0]: "10.0.0.0/99" is not a network`},
		"tree":       {args: []string{"--tenants={acme: {nombers: {}}}"}, want: `--tenants:1: unknown key "nombers" in tenants[acme]; allowed: agents, cards, codecs, codes, dialog, encryption, numbers, outbound`},
		"redis":      {args: []string{"--redis=redis://u:sek%ret@host:6379"}, want: `--redis: redis: not understood; allowed: embedded, redis://[USER:PASSWORD@]HOST:PORT`},
		"redis port": {args: []string{"--redis=redis://host:99999"}, want: `--redis: redis: not understood`},
		"sound":      {args: []string{"--tenants={acme: {encryption: always}}"}, want: `--tenants:1: tenants[acme].encryption: "always" is not known; allowed: preferred, required, off`},
		"everywhere": {args: []string{"--sip=0.0.0.0:5060"}, want: "--sip: listeners.sip[0]: 0.0.0.0:5060 listens on every address; say after it (=ADDRESS) or with listeners.advertise"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, "", tc.args, tc.env)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s…", err, tc.want)
			}
		})
	}
}

func TestAnUnknownVariableIsMentioned(t *testing.T) {
	l, err := load(t, "", nil, []string{"CALLWARD_HTPP=127.0.0.1:1", "HOME=/"})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0], "CALLWARD_HTPP") {
		t.Errorf("warnings = %q", l.Warnings)
	}
}

func TestAMissingFileThatWasNamedIsAnError(t *testing.T) {
	if _, err := load(t, "", []string{"--config=nowhere.yaml"}, nil); err == nil {
		t.Error("a missing file was ignored")
	}
}

func FuzzLoadYAML(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	example, err := os.ReadFile("../../callward.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, p := range files {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	// Whatever the file holds: a configuration, or an error that says where.
	f.Fuzz(func(t *testing.T, data string) {
		if strings.Contains(data, "file:") || strings.Contains(data, "env:") {
			t.Skip("would read this machine's files")
		}
		l := &loader{merged: koanf.New("."), origins: map[string]string{}}
		if err := l.defaults(); err != nil {
			t.Fatal(err)
		}
		err := l.text("callward.yaml", []byte(data), configType(), "")
		var cfg Config
		if err == nil {
			cfg, err = l.decode()
		}
		if err == nil {
			cfg.complete()
			err = l.located(cfg.Check()...)
		}
		if err == nil {
			return
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, "callward.yaml:") {
				t.Fatalf("no place in %q", line)
			}
		}
	})
}

func sprintf(verb string, values ...any) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, verb, v)
	}
	return b.String()
}

func configType() reflect.Type { return reflect.TypeFor[Config]() }

func TestAFolderOfAssistantsIsReadAndItsFaultsAreNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), assistants.Energy, 0o600); err != nil {
		t.Fatal(err)
	}
	c := "version: 1\nassistants: " + dir + "\ntenants: {acme: {numbers: {'1': {assistant: mine}}, queues: {billing: {}, technical: {}, emergency: {}}}}\n"
	mustLoad(t, c, nil, nil)

	_, err := load(t, strings.Replace(c, "assistant: mine", "assistant: other", 1), nil, nil)
	if err == nil || !strings.Contains(err.Error(), `callward.yaml:3: tenants[acme].numbers[1].assistant: there is no assistant "other"; allowed: energy, mine`) {
		t.Errorf("unknown assistant: %v", err)
	}
	_, err = load(t, strings.Replace(c, "assistant: mine", "assistant: mine, language: de", 1), nil, nil)
	if err == nil || !strings.Contains(err.Error(), `does not speak "de"; allowed: en, fr`) {
		t.Errorf("unknown language: %v", err)
	}
	_, err = load(t, strings.Replace(c, ", technical: {}", "", 1), nil, nil)
	if err == nil || !strings.Contains(err.Error(), `mine.yaml:`) || !strings.Contains(err.Error(), `the queue "technical", which this tenant has not; there are: billing, emergency`) {
		t.Errorf("missing queue: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.yaml"), []byte("version: 1\nnaem: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = load(t, c, nil, nil); err == nil || !strings.Contains(err.Error(), "bad.yaml:") {
		t.Errorf("a bad assistant file: %v", err)
	}
}

func TestAModelFolderThatIsNoneIsRefused(t *testing.T) {
	for _, tc := range []struct{ arg, want string }{
		{"fr=/nowhere", "speech.models[fr]: /nowhere is no acoustic model in pocketsphinx's layout: it holds no file mdef"},
		{"xx=/tmp", `language "xx" is not known; allowed: en, fr`},
	} {
		_, err := load(t, "version: 1\n", []string{"--speech-model", tc.arg}, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.arg, err)
		}
	}
}
