package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/internal/callgen/voice"
)

func callCommand() *cobra.Command {
	var o callgen.CallOptions
	var voiceName string
	var asJSON bool
	c := &cobra.Command{
		Use:   "call",
		Short: "Place a call, speak, and show the conversation",
		Long: "call places one call. --say, --wav and --dtmf are done in the order in which they\n" +
			"are given, each when the bot has finished speaking; then it hangs up.\n\n" +
			"What cannot be heard (what was understood, the intent, the queue) is read from the\n" +
			"server's events at --api.",
		Example: "  callgen call --lang en --say \"what are your opening hours\" --record out.wav\n" +
			"  callgen call --lang fr --voice espeak:fr+f2 --say \"je voudrais payer ma facture\"\n" +
			"  callgen call --say \"i want to pay my bill by card\" --dtmf '4111111111111111#'\n" +
			"  callgen call --to sip:echo@127.0.0.1:5060 --wav hello.wav --record-both both.wav\n" +
			"  callgen call --say \"i have a complaint\" --wait-agent 30s --hangup-after 5s --json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := complete(c.Flags(), &o, voiceName); err != nil {
				return err
			}
			if o.Language != "" && !slices.Contains([]string{"en", "fr"}, o.Language) {
				return fmt.Errorf("--lang %q is not spoken here; allowed: en, fr", o.Language)
			}
			return failed(callgen.Call(c.Context(), o, shower(asJSON)))
		},
	}
	f := c.Flags()
	f.StringVar(&o.To, "to", "", "number to call (default: line-LANG, or line, at 127.0.0.1:5060)")
	f.StringVar(&o.Language, "lang", "", "language of the caller, en or fr: sets the voice and, without --to, the number")
	f.Var(steps{&o.Steps, "say"}, "say", "text to speak; may be repeated")
	f.Var(steps{&o.Steps, "wav"}, "wav", "sound file to play; may be repeated")
	f.Var(steps{&o.Steps, "dtmf"}, "dtmf", "keys to press; may be repeated")
	f.StringVar(&voiceName, "voice", "", "voice of the caller: "+voice.Examples)
	f.StringVar(&o.From, "from", "callgen", "user that calls")
	f.StringVar(&o.Record, "record", "", "write what is heard to this WAV file")
	f.StringVar(&o.RecordBoth, "record-both", "", "write what is heard (left) and said (right) to this WAV file")
	f.StringVar(&o.API, "api", "http://127.0.0.1:8080", "where the server tells its events; empty: do not ask")
	f.DurationVar(&o.Timeout, "timeout", 3*time.Minute, "longest the call may take")
	f.DurationVar(&o.WaitAgent, "wait-agent", time.Minute, "longest to wait in a queue")
	f.DurationVar(&o.HangupAfter, "hangup-after", 2*time.Second,
		"hang up after so much quiet at the end, or so long with an agent;\nwithout anything to do, so long after the answer")
	f.BoolVar(&o.NoWait, "no-wait", false, "speak at once, over the bot's voice")
	f.BoolVar(&asJSON, "json", false, "write one event a line, as JSON")
	phoneFlags(f, &o.Transport, &o.Ports)
	return c
}

// complete fills what was left out.
func complete(f *pflag.FlagSet, o *callgen.CallOptions, voiceName string) (err error) {
	if o.To == "" {
		user := "line"
		if o.Language != "" {
			user += "-" + o.Language
		}
		o.To = "sip:" + user + "@127.0.0.1:5060"
	}
	o.Exactly = f.Changed("hangup-after")
	if o.Language == "" {
		o.Language = "en"
	}
	o.Voice, err = chosenVoice(voiceName, o.Language)
	return err
}

func chosenVoice(name, language string) (voice.Voice, error) {
	if name == "" {
		return voice.Default(language), nil
	}
	return voice.Parse(name)
}

// steps is a flag that adds to one list with others, so that the order of the
// command line is kept.
type steps struct {
	list *[]callgen.Step
	kind string
}

// Set adds a step.
func (s steps) Set(v string) error {
	if v == "" {
		return errors.New("it is empty")
	}
	step := map[string]callgen.Step{"say": {Say: v}, "wav": {Wav: v}, "dtmf": {Keys: strings.ToUpper(v)}}[s.kind]
	*s.list = append(*s.list, step)
	return nil
}

// String gives nothing: there is no default.
func (steps) String() string { return "" }

// Type names the value in the help text.
func (s steps) Type() string {
	return map[string]string{"say": "text", "wav": "file", "dtmf": "keys"}[s.kind]
}

// phoneFlags are those of every command that makes or takes calls.
func phoneFlags(f *pflag.FlagSet, t *callgen.Transport, ports *callgen.Ports) {
	t.Network = "udp"
	f.Var((*network)(&t.Network), "transport", "SIP over udp, tcp or tls")
	f.StringVar(&t.CA, "tls-ca", "", "PEM file of authorities that servers are checked by (default: the system's)")
	*ports = callgen.Ports{Min: 30000, Max: 32767}
	f.Var((*portRange)(ports), "rtp-ports", "ports for sound")
}

type network string

// Set takes udp, tcp or tls.
func (n *network) Set(v string) error {
	if v != "udp" && v != "tcp" && v != "tls" {
		return errors.New("it is udp, tcp or tls")
	}
	*n = network(v)
	return nil
}

// String gives the network.
func (n *network) String() string { return string(*n) }

// Type names the value in the help text.
func (*network) Type() string { return "udp|tcp|tls" }

type portRange callgen.Ports

// Set takes MIN-MAX.
func (p *portRange) Set(v string) error {
	if n, err := fmt.Sscanf(v, "%d-%d", &p.Min, &p.Max); n != 2 || err != nil || p.Min == 0 || p.Min >= p.Max {
		return errors.New("it is written 30000-32767")
	}
	return nil
}

// String gives MIN-MAX.
func (p *portRange) String() string { return fmt.Sprintf("%d-%d", p.Min, p.Max) }

// Type names the value in the help text.
func (*portRange) Type() string { return "min-max" }

// shower tells what happens on stdout, in colours if that is a terminal.
func shower(asJSON bool) func(call.Entry) {
	if asJSON {
		return callgen.ShowJSON(os.Stdout)
	}
	return callgen.ShowText(io.Writer(os.Stdout), isTerminal(os.Stdout))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
