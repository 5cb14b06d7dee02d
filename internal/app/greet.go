package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

func (a *App) say(format string, args ...any) {
	fmt.Fprintf(a.opts.Out, format, args...)
}

// greetTime is how long the greeting waits for the engines to say what they do.
const greetTime = 3 * time.Second

// greet says what is listening, where, and what to try next.
func (a *App) greet(ctx context.Context) {
	p := a.plan.Load()
	c := p.loaded.Config
	udp, tcp := a.SIP("udp"), a.SIP("tcp")
	a.log.Info("listening",
		slog.String("sip_udp", udp.String()), slog.String("sip_tcp", tcp.String()),
		slog.String("rtp", c.Listeners.RTPPorts.String()), slog.String("http", a.HTTP().String()),
		slog.Any("tenants", p.tenants()), slog.String("file", p.loaded.File))
	for _, w := range p.loaded.Warnings {
		a.log.Warn("configuration", slog.String("warning", w))
	}
	for wait := time.Now().Add(greetTime); !a.speech.isReady() && time.Now().Before(wait); {
		if !sleep(ctx, watchDown) {
			return
		}
	}
	a.say("Callward %s answers the phone.\n\n", a.opts.Version)
	a.say("  SIP     %s\n", strings.Join(a.sipText(), ", "))
	a.say("  RTP     %s, UDP %s\n", strings.Join(texts(c.Listeners.RTPAddress), " "), c.Listeners.RTPPorts)
	a.say("  HTTP    http://%s   /readyz /metrics /api/v1/{calls,queues,agents,events,openapi.json}\n", a.HTTP())
	if ap := a.console.SecureAddr(); ap.IsValid() {
		a.say("  HTTPS   %s   on %s\n", a.front(), ap)
	}
	a.welcome(ctx)
	a.say("  speech  %s\n", a.speechText())
	for _, t := range p.tenants() {
		a.say("  tenant  %s: numbers %s; queues %s; agents %s\n", t, a.numbersText(p, t),
			queueNames(c.Tenants[t]), orDash(names(p.staff(t))))
	}
	a.suggest(p)
}

func (a *App) sipText() []string {
	var out []string
	for _, network := range sipNetworks() {
		if ap := a.SIP(network); ap.IsValid() {
			out = append(out, network+" "+ap.String())
		}
	}
	return out
}

func texts[T fmt.Stringer](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.String()
	}
	return out
}

// speechText says which languages are understood, as the engines told.
func (a *App) speechText() string {
	ready, reason := a.speech.status()
	if !ready {
		return "not ready: " + reason + " (callers hear an apology and are queued for a human)"
	}
	hears, speaks := a.speech.languages()
	text := "understands " + orDash(hears) + ", speaks " + orDash(speaks)
	if !slices.Contains(hears, "fr") {
		text += "; French callers are served by keypad (callward doctor says what to plug in)"
	}
	return text
}

func (a *App) numbersText(p *plan, tenant string) string {
	var out []string
	for _, number := range names(p.lines) {
		if p.lines[number].tenant == tenant {
			out = append(out, number)
		}
	}
	if tenant == p.testTenant {
		out = append(out, names(p.tests)...)
	}
	return orDash(out)
}

func orDash(s []string) string {
	if len(s) == 0 {
		return "-"
	}
	return strings.Join(s, " ")
}

// suggest names a next step that works as it stands.
func (a *App) suggest(p *plan) {
	host := a.SIP("udp")
	if !host.IsValid() {
		host = a.SIP("tcp")
	}
	if _, ok := p.lines["line"]; ok {
		a.say("\nTry, in another terminal:\n\n")
		a.say("  bin/callgen call --to sip:line@%s --api http://%s --lang en --say \"what are your opening hours\"\n", host, a.HTTP())
		a.say("  curl -N -H \"Authorization: Bearer $(bin/callward token --http %s)\" http://%s/api/v1/events\n\n", a.HTTP(), a.HTTP())
		a.say("or call sip:line@%s with any SIP phone on this machine. ", host)
	}
	a.say("Ctrl-C drains and stops.\n\n")
}
