package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/internal/engines"
)

// A Report is what doctor found.
type Report struct {
	Hears    []string  `json:"understood_by_voice"` // languages
	Speaks   []string  `json:"spoken"`
	Findings []Finding `json:"findings"`
}

// A Finding is one thing that was looked at.
type Finding struct {
	What   string `json:"what"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"` // what to do about it
}

// State says how much a finding matters.
type State string

// The states of findings.
const (
	Good     State = "good"
	Gap      State = "gap"      // calls are served, but less well
	Optional State = "optional" // only tests or a larger installation want it
	Blocks   State = "blocks"   // no call can be served
)

// Blocking is an error if something is missing without which nothing works.
func (r Report) Blocking() error {
	var what []string
	for _, f := range r.Findings {
		if f.State == Blocks {
			what = append(what, f.What)
		}
	}
	if len(what) == 0 {
		return nil
	}
	return errors.New("no call can be served: " + strings.Join(what, ", "))
}

// String is the report on one screen.
func (r Report) String() string {
	var b strings.Builder
	for _, f := range r.Findings {
		mark := map[State]string{Good: "ok", Gap: "GAP", Optional: "-", Blocks: "BLOCKS"}[f.State]
		fmt.Fprintf(&b, "%-7s %-22s %s\n", mark, f.What, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "%-7s %-22s → %s\n", "", "", f.Remedy)
		}
	}
	return b.String()
}

// examineTime bounds each look at something that may not answer.
const examineTime = 5 * time.Second

// Examine looks at the machine with the eyes of a server of this configuration.
// It changes nothing.
func Examine(ctx context.Context, c Config) Report {
	r := &Report{Hears: []string{}, Speaks: []string{}}
	running := answersHTTP(ctx, c.Listeners.HTTP.Local())
	r.ports(ctx, c, running)
	r.redis(ctx, c)
	r.speech(ctx, c)
	r.languages()
	r.understanding(ctx, c)
	r.tokenisers(ctx, c)
	r.programs()
	return *r
}

func (r *Report) add(what string, s State, detail, remedy string) {
	r.Findings = append(r.Findings, Finding{What: what, State: s, Detail: detail, Remedy: remedy})
}

// answersHTTP reports whether a Callward runs there already.
func answersHTTP(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/openapi.json", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var doc struct{ Info struct{ Title string } }
	return json.NewDecoder(resp.Body).Decode(&doc) == nil && doc.Info.Title == "Callward"
}

func (r *Report) ports(ctx context.Context, c Config, running bool) {
	if running {
		r.add("ports", Good, "a callward is running: http://"+c.Listeners.HTTP.Local(), "")
		return
	}
	for _, a := range c.Listeners.SIP {
		for _, network := range a.networks() {
			r.port(ctx, "SIP "+network, network, a.Address, "--sip")
		}
	}
	r.port(ctx, "HTTP", "tcp", string(c.Listeners.HTTP), "--http")
	if c.Listeners.HTTPS.Address != "" {
		r.port(ctx, "HTTPS", "tcp", string(c.Listeners.HTTPS.Address), "--https")
	}
	r.rtp(ctx, c)
}

func (r *Report) port(ctx context.Context, what, network, address, flag string) {
	if err := bindable(ctx, network, address); err != nil {
		r.add(what, Blocks, address+" cannot be listened on: "+reason(err), "stop what uses it (ss -lntup), or choose another with "+flag)
		return
	}
	r.add(what, Good, address+" is free", "")
}

func bindable(ctx context.Context, network, address string) error {
	var lc net.ListenConfig
	if network != "udp" {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return l.Close()
	}
	l, err := lc.ListenPacket(ctx, network, address)
	if err != nil {
		return err
	}
	return l.Close()
}

// reason is the system's word for why a port cannot be had.
func reason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return err.Error()
}

// rtp tries some ports of the range, spread over it.
func (r *Report) rtp(ctx context.Context, c Config) {
	for _, a := range c.Listeners.RTPAddress {
		r.rtpAt(ctx, c, a.Bind.String())
	}
}

func (r *Report) rtpAt(ctx context.Context, c Config, at string) {
	const probes = 32
	p := c.Listeners.RTPPorts
	step := max((int(p.Last)-int(p.First))/probes, 1)
	tried, taken := 0, 0
	for port := int(p.First); port <= int(p.Last); port += step {
		tried++
		if bindable(ctx, "udp", net.JoinHostPort(at, fmt.Sprint(port))) != nil {
			taken++
		}
	}
	detail := fmt.Sprintf("UDP %s on %s: %d of %d tried are free", p, at, tried-taken, tried)
	switch {
	case taken == tried:
		r.add("RTP", Blocks, detail, "choose others with --rtp-ports, or --rtp-address")
	case taken > tried/2:
		r.add("RTP", Gap, detail, "choose others with --rtp-ports")
	default:
		r.add("RTP", Good, detail, "")
	}
}

func (r *Report) redis(ctx context.Context, c Config) {
	if c.Redis.Reveal() == embedded {
		r.add("Redis", Good, "embedded", "")
		return
	}
	ps, err := openPools(ctx, c.Redis, nil)
	if err != nil {
		r.add("Redis", Blocks, err.Error(), "start it, or leave --redis out for the embedded one")
		return
	}
	ps.close()
	r.add("Redis", Good, "answers", "")
}

// survey is what `speechd capabilities --json` prints.
type survey struct {
	Recognition struct {
		Languages []string
		Models    map[string]string
	}
	Synthesis struct{ Languages, Voices []string }
	Missing   []struct{ What, Remedy string }
}

func (r *Report) bundled(ctx context.Context, c Config) {
	path := c.Speech.Program
	if path == "" {
		var err error
		if path, err = beside("speechd"); err != nil {
			r.add("speech engines", Gap, err.Error(), "until then callers hear an apology and prompts made at build time, and are queued for a human")
			return
		}
	}
	s, err := askSpeechd(ctx, path, c.Speech.Models)
	if err != nil {
		r.add("speech engines", Gap, path+": "+err.Error(), "run `"+path+" capabilities` and see what it says")
		return
	}
	r.add("speech engines", Good, path, "")
	r.Hears = append(r.Hears, s.Recognition.Languages...)
	r.Speaks = append(r.Speaks, s.Synthesis.Languages...)
	for language, dir := range s.Recognition.Models {
		r.add("model "+language, Good, dir, "")
	}
	for _, m := range s.Missing {
		if !strings.HasPrefix(m.What, "French is not") { // languages says it in our words
			r.add("speech engines", Gap, m.What, m.Remedy)
		}
	}
}

func askSpeechd(ctx context.Context, path string, models map[string]string) (survey, error) {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	args := []string{"capabilities", "--json"}
	for _, language := range names(models) {
		args = append(args, "--asr-model", language+"="+models[language])
	}
	out, err := exec.CommandContext(ctx, path, args...).Output() //nolint:gosec // the operator names the program
	if err != nil {
		return survey{}, err
	}
	var s survey
	if err := json.Unmarshal(out, &s); err != nil {
		return survey{}, fmt.Errorf("read capabilities: %w", err)
	}
	return s, nil
}

// speech looks at the bundled engines, and at those that take their place.
func (r *Report) speech(ctx context.Context, c Config) {
	if c.Speech.Backend == bundled {
		r.bundled(ctx, c)
	}
	r.Hears = r.providers(ctx, "recognizer", c.Speech.providers(kindASR), r.Hears, hearsOf)
	r.Speaks = r.providers(ctx, "synthesizer", c.Speech.providers(kindTTS), r.Speaks, speaksOf)
}

type languagesOf func(context.Context, Provider) ([]string, error)

// providers looks at engines of a kind, and gives the languages of all of them; ours is
// what the bundled ones do. What the failure of one comes to depends on the others.
func (r *Report) providers(ctx context.Context, kind string, all map[string]Provider, ours []string, ask languagesOf) []string {
	out, failed := []string{}, []Finding{}
	for _, name := range names(all) {
		p, found := all[name], ours
		if p.Target != bundled {
			what := kind
			if name != "backend" { // the operator has named it
				what += " " + name
			}
			var err error
			if found, err = askFor(ctx, p, ask); err != nil {
				failed = append(failed, Finding{What: what, State: Gap, Detail: p.Target + ": " + err.Error()})
			} else {
				r.add(what, Good, p.Target, "")
			}
		}
		for _, l := range found {
			if rank := (engines.Rank{Languages: p.Languages}); rank.Speaks(l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	for _, f := range failed {
		f.Remedy = "until it answers, callers hear an apology and are queued for a human"
		if len(out) > 0 {
			f.Remedy = "until it answers, others do its work, for: " + strings.Join(out, ", ")
		}
		r.Findings = append(r.Findings, f)
	}
	return out
}

// askFor asks an engine that somebody else runs for its languages.
func askFor(ctx context.Context, p Provider, ask languagesOf) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	return ask(ctx, p)
}

func hearsOf(ctx context.Context, p Provider) ([]string, error) {
	c, err := dialRecognizer(p, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if err := c.Ready(ctx); err != nil {
		return nil, err
	}
	caps, err := c.Capabilities(ctx)
	return caps.Languages, err
}

func speaksOf(ctx context.Context, p Provider) ([]string, error) {
	c, err := dialSynthesizer(p, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if err := c.Ready(ctx); err != nil {
		return nil, err
	}
	caps, err := c.Capabilities(ctx)
	return caps.Languages, err
}

// understanding asks the services that say what tenants' callers want. Calls do without
// them.
func (r *Report) understanding(ctx context.Context, c Config) {
	for _, name := range names(c.Tenants) {
		s := c.Tenants[name].Dialog
		if s.Target == "" {
			continue
		}
		what := "dialog service of " + name
		if err := s.answers(ctx); err != nil {
			r.add(what, Gap, s.Target+": "+err.Error(), "until then the bundled classifier says what callers want")
			continue
		}
		r.add(what, Good, s.Target, "")
	}
}

// answers is an error if a service would be of no use to a call.
func (s Dialog) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	c, err := s.dial() //nolint:contextcheck // it is closed below
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	caps, err := c.Capabilities(ctx)
	if err != nil {
		return err
	}
	if !caps.Classify {
		return errors.New("its capabilities say that it does not serve Classify")
	}
	return c.Ready(ctx)
}

// tokenisers asks those that cards go to. Without one, callers who want to pay get a human.
func (r *Report) tokenisers(ctx context.Context, c Config) {
	for _, name := range names(c.Tenants) {
		s := c.Tenants[name].Payment
		if s.Target == "" {
			continue
		}
		what := "tokeniser of " + name
		if err := s.answers(ctx); err != nil {
			r.add(what, Gap, s.Target+": "+err.Error(), "until then callers who key in a card get a human; `callward conformance payment` tells more")
			continue
		}
		r.add(what, Good, s.Target, "")
	}
}

// answers is an error if a tokeniser would be of no use to a call.
func (s Payment) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	c, err := s.dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	caps, err := c.Capabilities(ctx)
	if err != nil {
		return err
	}
	if caps.Version != "v1" {
		return errors.New("it speaks another version of the contract than v1")
	}
	return c.Ready(ctx)
}

// languages says which callers are understood, and how the others are served.
func (r *Report) languages() {
	for _, l := range []struct{ code, name, remedy string }{
		{"en", "English", "apt-get install pocketsphinx-en-us"},
		{"fr", "French", "Debian has no French model to install: plug in an engine over gRPC (--speech TARGET), or give a model with --speech-model fr=DIR"},
	} {
		switch {
		case slices.Contains(r.Hears, l.code):
			r.add(l.name, Good, "understood by voice and by keypad", "")
		default:
			r.add(l.name, Gap, "not understood by voice: callers get keypad menus, and humans", l.remedy)
		}
		if !slices.Contains(r.Speaks, l.code) {
			r.add(l.name, Gap, "not spoken: only prompts made at build time are", "apt-get install espeak-ng")
		}
	}
}

// programs looks for what only tests and larger installations want.
func (r *Report) programs() {
	for _, p := range []struct{ name, use, pkg string }{
		{"redis-server", "a Redis of your own", "redis-server"},
		{"baresip", "tests: a softphone", "baresip-core"},
		{"sipp", "tests: load", "sip-tester"},
		{"sox", "tests: audio", "sox"},
	} {
		if path, err := exec.LookPath(p.name); err == nil {
			r.add(p.name, Good, path, "")
			continue
		}
		r.add(p.name, Optional, "not installed; "+p.use, "apt-get install "+p.pkg)
	}
}
