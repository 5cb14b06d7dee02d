package assistant

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Webhook is a system of the operator's that an assistant may ask, and what its answer
// holds, as the section webhooks of the file says. Whether its host may be asked is known
// to the server only.
type Webhook struct {
	Name    string
	URL     string // https
	Host    string // HOST, or HOST:PORT if the port is not 443; in lower case
	Method  string // POST, PUT or GET
	Timeout time.Duration
	Retries int
	Secret  string // env:NAME or file:PATH of what requests are signed with; empty: they are not
	Results []Result
	At      string // file:line of the host
	Signed  string // file:line of the secret

	fields []field
}

// A field is one of the body, with slots in braces.
type field struct{ name, text string }

// What is taken where the file says nothing. A caller waits meanwhile.
const (
	defaultHookTimeout = 2 * time.Second
	mostHookTimeout    = 10 * time.Second
	defaultHookRetries = 1
	mostHookRetries    = 3
)

// What may stand in the body beside slots.
const bodyLanguage = "language"

// Webhooks lists the webhooks of the file, in its order.
func (a *Assistant) Webhooks() []*Webhook { return slices.Clone(a.webhooks) }

// webhook finds one by its name; nil if there is none.
func (a *Assistant) webhook(name string) *Webhook {
	i := slices.IndexFunc(a.webhooks, func(w *Webhook) bool { return w.Name == name })
	if i < 0 {
		return nil
	}
	return a.webhooks[i]
}

func (a *Assistant) webhookNames() []string {
	var names []string
	for _, w := range a.webhooks {
		names = append(names, w.Name)
	}
	return names
}

func (p *fileParser) webhooks(e entry) {
	if !e.given() {
		return
	}
	for _, h := range p.entries(e.value, "webhooks") {
		if !nameOK.MatchString(h.name) {
			p.complain(h.key, "a webhook cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", h.name)
		}
		p.a.webhooks = append(p.a.webhooks, p.hook(h))
	}
}

func (p *fileParser) hook(e entry) *Webhook {
	s := p.section(e, "the webhook "+e.name, "url!", "method", "timeout", "retries", "secret", "body", "results")
	w := &Webhook{
		Name: e.name, Method: "POST", At: p.at(e.key), Signed: p.at(e.key),
		Timeout: p.duration(s["timeout"], "timeout", 200*time.Millisecond, mostHookTimeout, defaultHookTimeout),
		Retries: p.count(s["retries"], "retries", 0, mostHookRetries, defaultHookRetries),
		Secret:  p.secret(s["secret"], e.name),
	}
	if s["method"].given() {
		w.Method = p.oneOf(s["method"], "the method of "+e.name, "POST", "PUT", "GET")
	}
	if s["url"].given() {
		w.At = p.at(s["url"].value)
		w.URL, w.Host = p.address(s["url"], e.name)
	}
	if s["secret"].given() {
		w.Signed = p.at(s["secret"].value)
		if w.Method == "GET" {
			p.complain(s["secret"].key, "the webhook %s has no body that could be signed; ask by POST or PUT, or leave the secret out", e.name)
		}
	}
	w.fields = p.body(s["body"], e.name)
	w.Results = p.results(s["results"], e.name)
	return w
}

// address reads where a webhook is: over https, and at a place that no caller chooses.
func (p *fileParser) address(e entry, name string) (text, host string) {
	text = p.word(e, "the url of "+name)
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "", ""
	case strings.ContainsAny(text, "{}"):
		p.complain(e.value, "the url of %s can hold no {slots}; write them under body", name)
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		p.complain(e.value, "the url of %s cannot be %q; allowed: https://HOST[:PORT]/PATH", name, text)
	case u.User != nil || u.Fragment != "":
		p.complain(e.value, "the url of %s can hold neither a user nor a fragment; allowed: https://HOST[:PORT]/PATH", name)
	default:
		return text, strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	}
	return "", ""
}

// secret reads where a secret is kept. It does not stand in the file: that is read by many.
func (p *fileParser) secret(e entry, name string) string {
	ref := p.word(e, "the secret of "+name)
	kind, rest, _ := strings.Cut(ref, ":")
	if ref != "" && (kind != "env" && kind != "file" || rest == "") {
		p.complain(e.value, "the secret of %s does not stand here; allowed: env:NAME, file:PATH", name)
		return ""
	}
	return ref
}

// body reads what is sent. Which slots there are is known to the intents that call.
func (p *fileParser) body(e entry, name string) []field {
	if !e.given() {
		return nil
	}
	var out []field
	for _, f := range p.entries(e.value, "the body of "+name) {
		out = append(out, field{f.name, p.word(f, "the field "+f.name+" of "+name)})
	}
	return out
}

// A Hook asks a webhook. The dialogue waits until an Input of InputHooked says what came
// of it, or something else ends that.
type Hook struct {
	Number  int // of the dialogue's, from 1. A Step that gives the same again waits on
	Webhook *Webhook
	Fields  []Field // of the body
}

// A Field is one of a request, with the caller's values in it.
type Field struct {
	Name  string
	Value Phrase
}
