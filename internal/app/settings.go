package app

import (
	"strings"

	"github.com/spf13/pflag"
)

// A setting is one line of the reference: a key, its flag and its default. The
// environment variable follows from the flag.
type setting struct {
	key   string // in callward.yaml
	flag  string
	def   string
	kind  settingKind
	usage string
}

type settingKind uint8

const (
	single  settingKind = iota
	flagged             // true or false; the bare flag means true
	list                // separated by commas, or the flag again
	pairs               // name=value
	tree                // YAML text, or file:PATH
)

// env is the environment variable of the setting.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.flag, "-", "_"))
}

const (
	envPrefix  = "CALLWARD_"
	configFlag = "config"
	configEnv  = envPrefix + "CONFIG"
)

// settings is the table of everything that can be set.
func settings() []setting {
	return []setting{
		{"listeners.sip", "sip", "127.0.0.1:5060", list, "where SIP listens, UDP and TCP; udp:, tcp:, tls:, ws: or wss: before HOST:PORT for one transport; =ADDRESS after it is told to peers"},
		{"listeners.http", "http", "127.0.0.1:8080", single, "where the HTTP API listens in clear: loopback only, unless a proxy ends TLS before it"},
		{"listeners.https.address", "https", "", single, "where pages and the API are served over TLS too, HOST:PORT, for other machines"},
		{"listeners.https.certificate", "https-certificate", "", single, "PEM file of its certificate; read again when it changes (default: that of tls: and wss:)"},
		{"listeners.https.key", "https-key", "", single, "PEM file of its key"},
		{"listeners.proxy.from", "http-proxy", "", list, "addresses or networks of a proxy that ends TLS before the HTTP API; its X-Forwarded-Proto and X-Forwarded-For are believed"},
		{"listeners.proxy.names", "http-name", "", list, "hosts by which browsers ask that proxy"},
		{"listeners.rtp_ports", "rtp-ports", "20000-29999", single, "UDP ports for audio, FIRST-LAST"},
		{"listeners.rtp_address", "rtp-address", "127.0.0.1", list, "addresses that audio is received on; =ADDRESS after one is told to peers"},
		{"listeners.advertise", "advertise", "", single, "address told to peers, where it differs from those listened on"},
		{"listeners.tls.certificate", "tls-certificate", "", single, "PEM file of the certificate for tls: and wss:; read again when it changes"},
		{"listeners.tls.key", "tls-key", "", single, "PEM file of its key"},
		{"listeners.tls.client_ca", "tls-client-ca", "", single, "PEM file of authorities: peers over TLS may show certificates of theirs"},
		{"listeners.tls.ca", "tls-ca", "", single, "PEM file of authorities of the servers that are called over TLS (default: the system's)"},
		{"listeners.origins", "ws-origin", "", list, "hosts of web pages that may open a WebSocket, such as *.example.com; our own always may"},
		{"listeners.ice_servers", "ice-servers", "", tree, "STUN and TURN servers for calls of web pages, as YAML text, or file:PATH"},
		{"trunks", "trunk", "", pairs, "who may call: NAME=NETWORK[+NETWORK…] (default local=127.0.0.0/8+::1/128)"},
		{"identity.roots", "identity-roots", "", single, "PEM file of authorities that vouch for callers' numbers (STIR/SHAKEN); without it none is verified"},
		{"identity.hosts", "identity-host", "", list, "hosts that the certificates of signatures on numbers may be fetched from"},
		{"speech.backend", "speech", bundled, single, "speech engines: bundled, or a gRPC target such as unix:///run/speech.sock or dns:///speech:9000"},
		{"speech.asr", "asr", "", single, "a recognizer in place of the backend's: gRPC target"},
		{"speech.tts", "tts", "", single, "a synthesizer in place of the backend's: gRPC target"},
		{"speech.program", "speechd", "", single, "the bundled engines' program (default: speechd beside callward)"},
		{"speech.models", "speech-model", "", pairs, "acoustic model of a language for the bundled engines: LANG=DIR"},
		{"speech.providers", "speech-providers", "", tree, "engines of which one stands in for the other, as YAML text, or file:PATH"},
		{"speech.cache", "speech-cache", "", single, "folder for the audio of prompts, encrypted with a key of this process alone (default: it stays in memory)"},
		{"speech.cache_size", "speech-cache-size", "256", single, "MiB that the folder may hold"},
		{"speech.ahead", "speech-ahead", "true", flagged, "speak all prompts to memory at the start, before a caller needs them; false: each when it is first said"},
		{"redis", "redis", embedded, single, "embedded, or redis://[USER:PASSWORD@]HOST:PORT[/DB], redis+sentinel://HOST:PORT,…/MASTER, redis+cluster://HOST:PORT,…; file:PATH and env:NAME hide it"},
		{"assistants", "assistants", "", single, "folder of assistants/*.yaml; the bundled ones are always there"},
		{"learnt", "learnt", "", single, "folder that keeps what was learnt from assistants' examples, for the next start; none: no folder (default: callward in your cache folder)"},
		{"call.silence_budget", "silence-budget", "1.2s", single, "longest silence of the bot within a turn"},
		{"call.media_timeout", "media-timeout", "30s", single, "how long neither sound nor a report may come from a phone that is not holding us; then it is asked whether it knows the call"},
		{"limits.calls", "max-calls", "2000", single, "legs at once, callers' and agents'; more are refused with 503"},
		{"limits.call_rate", "call-rate", "1000", single, "new calls a second; more are refused with 503"},
		{"limits.cpu", "max-cpu", "90", single, "percent of the cores in use, for three seconds, from which on new calls are refused with 503"},
		{"limits.connections", "max-connections", "1000", single, "SIP connections over TCP, TLS and WebSockets at once"},
		{"limits.per_source", "source-rate", "50", single, "SIP messages a second of one address that is no trunk and no registered phone; more are not read"},
		{"limits.strangers", "stranger-rate", "1000", single, "the same of all such addresses together"},
		{"test_numbers", "test-numbers", "false", flagged, "answer the test numbers echo, music and line on every trunk"},
		{"demo_agent", "demo-agent", "false", flagged, "start a demo agent that registers and answers"},
		{"drain_timeout", "drain-timeout", "30s", single, "how long calls may finish after a request to stop"},
		{"web_calls.numbers", "web-call", "line", list, "numbers that anybody may call from a web page; the first where the page names none; empty: none"},
		{"web_calls.calls", "web-calls", "20", single, "calls from web pages at once; more are refused with 503"},
		{"web_calls.minute", "web-call-rate", "6", single, "new calls from web pages in a minute of one address; more are refused with 429"},
		{"sign_in", "sign-in", "", tree, "how people sign in besides by accounts here, as YAML text, or file:PATH: oidc, an OpenID provider, and saml, one of SAML 2.0"},
		{"redaction.withhold", "withhold", "", list, "what of callers' words is withheld besides cards, IBANs and social security numbers: phone, email, address, birth_date"},
		{"redaction.card", "show-card", "last4", single, "what is shown of a card number: last4, first6_last4 or nothing"},
		{"redaction.agents", "card-agents", "hear", single, "whether agents hear a card that a caller says to them: hear or mute"},
		{"redaction.listen_delay", "listen-delay", "3s", single, "how much later supervisors hear who listen or whisper, so that they hear nothing of a card number that is found in that time; 0s to 10s"},
		{"records.calls", "records-calls", "1000", single, "call records kept in memory, for each tenant"},
		{"records.entries", "records-entries", "20000", single, "journal entries kept in memory for the event stream"},
		{"records.messages", "records-messages", "20", single, "messages of callers kept in memory, for each tenant; one of two minutes takes 1 MB"},
		{"log.level", "log-level", "info", single, "debug, info, warn or error"},
		{"log.format", "log-format", "text", single, "text or json"},
		{"tenants", "tenants", "", tree, "tenants as YAML text, or file:PATH (default: tenant 'default' with the bundled assistant)"},
	}
}

// AddFlags declares every setting on fs.
func AddFlags(fs *pflag.FlagSet) {
	fs.String(configFlag, "", "configuration file (default: callward.yaml, then /etc/callward/callward.yaml, where there is one)")
	for _, s := range settings() {
		usage := s.usage + " [" + s.env() + "]"
		switch s.kind {
		case flagged:
			fs.Bool(s.flag, s.def == "true", usage)
		case list:
			var def []string
			if s.def != "" {
				def = []string{s.def}
			}
			fs.StringSlice(s.flag, def, usage)
		case pairs:
			fs.StringToString(s.flag, nil, usage)
		case single, tree:
			fs.String(s.flag, s.def, usage)
		}
	}
}
