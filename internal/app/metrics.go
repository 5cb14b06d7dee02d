package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/telemetry"
)

// register declares what /metrics shows of the rooms.
func (a *App) register() error {
	return errors.Join(
		a.metrics.Register(a.turns), a.metrics.Register(a.flags), a.metrics.Register(a.dialogs.seconds), a.metrics.Register(a.dialogs.fallbacks),
		a.metrics.Register(a.payments.seconds), a.metrics.Register(a.payments.failures), a.metrics.Register(a.payments.captures),
		a.metrics.Register(a.webhooks.seconds), a.metrics.Register(a.webhooks.asked),
		a.metrics.Register(a.outputs.requests), telemetry.Register(a.metrics, append(a.outputs.readings(), agentReadings(a.pools.all))...),
		a.metrics.Register(a.speech.asr.gap), telemetry.Register(a.metrics, a.speech.asr.readings()...),
		telemetry.Register(a.metrics, (&tallier{pools: a.pools.all}).readings()...), telemetry.Register(a.metrics, (&tallier{pools: a.pools.all}).load()...),
		a.metrics.Register(a.speech.tts.first), telemetry.Register(a.metrics, a.speech.tts.readings()...),
		telemetry.Register(a.metrics, slices.Concat(a.callReadings(), a.mediaReadings(), a.sipReadings(), a.otherReadings())...),
	)
}

// gauge is a figure that goes up and down, counter one that only rises.
func gauge(name, help string, read func() float64) telemetry.Reading {
	return telemetry.Reading{Name: name, Help: help, Read: telemetry.One(read)}
}

func counter(name, help string, read func() float64) telemetry.Reading {
	return telemetry.Reading{Name: name, Help: help, Read: telemetry.One(read), Counter: true}
}

// callReadings are of calls, and of what they cost.
func (a *App) callReadings() []telemetry.Reading {
	return []telemetry.Reading{
		{Name: "callward_calls_active", Help: "Calls in progress, test calls included.", Labels: []string{"tenant"}, Read: a.activeCalls},
		{Name: "callward_trunk_calls_active", Help: "Calls in progress of each trunk.", Labels: []string{"trunk"}, Read: a.trunkCalls},
		{Name: "callward_outbound_calls_active", Help: "Calls to numbers outside in progress, by trunk.", Labels: []string{"trunk"}, Read: a.outboundCalls},
		counter("callward_outbound_refused_total", "Calls to numbers outside that may not be.", func() float64 { return float64(a.barred.Load()) }),
		{Name: "callward_trunk_registered", Help: "1 for each trunk that we are to be registered at and are.", Labels: []string{"trunk"}, Read: a.trunksRegistered},
		gauge("callward_cpu_percent", "Share of the cores that this process used in the last second.", a.strain.percent),
		gauge("callward_strained", "1 while new calls are refused because there is too much to do.", func() float64 { return truth(a.strain.tooMuch()) }),
		counter("callward_calls_total", "Calls taken by a line since the start.", func() float64 {
			_, total := a.calls.Count()
			return float64(total)
		}),
	}
}

// mediaReadings are of sound.
func (a *App) mediaReadings() []telemetry.Reading {
	return []telemetry.Reading{
		gauge("callward_media_sessions", "Media sessions open.", func() float64 { return float64(a.media.Stats().Sessions) }),
		gauge("callward_media_ports_in_use", "RTP port pairs of open sessions.", func() float64 { return float64(a.media.Stats().PortsInUse) }),
		gauge("callward_media_ports_quarantined", "RTP port pairs that rest after a call.", func() float64 { return float64(a.media.Stats().PortsQuarantined) }),
		gauge("callward_media_ports_free", "RTP port pairs that can be taken.", func() float64 { return float64(a.media.Stats().PortsFree) }),
		counter("callward_media_no_port_total", "Calls refused because no RTP port was free.", func() float64 { return float64(a.portless.Load()) }),
		counter("callward_media_failures_total", "Sessions that broke for a fault of ours; the others went on.", func() float64 { return float64(a.media.Stats().Failures) }),
		{Name: "callward_media_packets_refused_total", Help: "Packets that were not heard, by cause.", Labels: []string{"cause"}, Counter: true, Read: a.packetsRefused},
		counter("callward_media_ticks_total", "Ticks done by the pacers.", func() float64 { return float64(a.media.Stats().Ticks) }),
		counter("callward_media_ticks_late_total", "Ticks that began more than 5 ms late.", func() float64 { return float64(a.media.Stats().LateTicks) }),
		counter("callward_media_ticks_skipped_total", "Ticks given up after a stall.", func() float64 { return float64(a.media.Stats().SkippedTicks) }),
	}
}

// sipReadings are of signalling.
func (a *App) sipReadings() []telemetry.Reading {
	return []telemetry.Reading{
		gauge("callward_sip_dialogs", "Legs alive, ringing ones included.", func() float64 { return float64(a.sip.Stats().Dialogs) }),
		gauge("callward_sip_transactions", "SIP transactions remembered.", func() float64 {
			st := a.sip.Stats()
			return float64(st.ServerTransactions + st.ClientTransactions)
		}),
		gauge("callward_sip_registrations", "Contacts of agents' phones.", func() float64 { return float64(a.sip.Stats().Registrations) }),
		gauge("callward_sip_connections", "Connections over TCP, TLS and WebSockets.", func() float64 { return float64(a.sip.Stats().Connections) }),
		counter("callward_sip_invites_total", "New calls received.", func() float64 { return float64(a.sip.Stats().Invites) }),
		counter("callward_sip_refused_total", "New calls refused with 503.", func() float64 { return float64(a.sip.Stats().Refused) }),
		counter("callward_sip_strangers_total", "New calls refused because they came from no trunk and no phone of ours.", func() float64 { return float64(a.sip.Stats().Strangers) }),
		counter("callward_sip_malformed_total", "Messages dropped unread or unanswerable.", func() float64 { return float64(a.sip.Stats().Malformed) }),
		counter("callward_sip_unsent_total", "Messages that were not sent: refused by the check of values, or by the socket.", func() float64 { return float64(a.sip.Stats().Unsent) }),
		counter("callward_sip_throttled_total", "Messages of strangers that were not read: too many, or of a source that guesses passwords.", func() float64 { return float64(a.sip.Stats().Throttled) }),
		gauge("callward_sip_silenced", "Sources that are not listened to, because wrong passwords came from them again and again.", func() float64 { return float64(a.sip.Stats().Silenced) }),
		counter("callward_sip_handshakes_failed_total", "TLS handshakes that failed.", func() float64 { return float64(a.sip.Stats().Handshakes) }),
	}
}

// otherReadings are of what calls rest on: certificates, engines, queues.
func (a *App) otherReadings() []telemetry.Reading {
	return []telemetry.Reading{
		gauge("callward_tls_certificate_expires_seconds", "Unix time at which the first of the certificates in use ends; 0 without one.", a.certificateExpires),
		counter("callward_tls_files_rejected_total", "Changed certificate files that were of no use, so that the ones before stay.", a.certificatesRejected),
		gauge("callward_speech_ready", "1 if the engines serve.", func() float64 { return truth(a.speech.isReady()) }),
		{Name: "callward_queue_redis_leftovers", Help: "Keys of calls, offers and timers in Redis; 0 when nobody calls.", Labels: []string{"tenant", "kind"}, Read: a.leftovers},
		{Name: "callward_queue_offers_total", Help: "Offers given to this node.", Labels: []string{"tenant"}, Counter: true, Read: a.offers},
	}
}

// answered counts how long an answer took.
func (a *App) answered(w call.Waterfall) {
	for _, s := range append(w.Steps(), call.Step{Name: "total", Milli: w.Total}) {
		a.turns.WithLabelValues(s.Name).Observe(float64(s.Milli) / 1000)
	}
}

func (a *App) packetsRefused() []telemetry.Sample {
	refused := a.media.Stats().Refused
	var out []telemetry.Sample
	for _, cause := range names(refused) {
		out = append(out, telemetry.Sample{Value: float64(refused[cause]), Labels: []string{cause}})
	}
	return out
}

// certified are the stores that hold a certificate of ours: of SIP, of HTTPS.
func (a *App) certified() []*certs.Store {
	var out []*certs.Store
	for _, s := range []*certs.Store{a.certs, a.webCerts} {
		if s != nil && !s.Expires().IsZero() {
			out = append(out, s)
		}
	}
	return out
}

// certificateExpires is when the first of them ends.
func (a *App) certificateExpires() float64 {
	var first int64
	for _, s := range a.certified() {
		if at := s.Expires().Unix(); first == 0 || at < first {
			first = at
		}
	}
	return float64(first)
}

func (a *App) certificatesRejected() float64 {
	var n uint64
	for _, s := range []*certs.Store{a.certs, a.webCerts} {
		if s != nil {
			n += s.Rejected()
		}
	}
	return float64(n)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// activeCalls gives each tenant its number, none left out for being 0.
func (a *App) activeCalls() []telemetry.Sample {
	count := map[string]int{}
	for _, tenant := range a.plan.Load().tenants() {
		count[tenant] = 0
	}
	for _, r := range a.live() {
		count[r.Tenant]++
	}
	var out []telemetry.Sample
	for _, tenant := range names(count) {
		out = append(out, telemetry.Sample{Value: float64(count[tenant]), Labels: []string{tenant}})
	}
	return out
}

func (a *App) trunkCalls() []telemetry.Sample {
	live := a.traffic.count()
	var out []telemetry.Sample
	for _, trunk := range names(a.plan.Load().loaded.Config.Trunks) {
		out = append(out, telemetry.Sample{Value: float64(live[trunk]), Labels: []string{trunk}})
	}
	return out
}

func (a *App) outboundCalls() []telemetry.Sample {
	var out []telemetry.Sample
	for _, trunk := range names(a.plan.Load().loaded.Config.Trunks) {
		out = append(out, telemetry.Sample{Value: float64(a.gate.Calls(trunk)), Labels: []string{trunk}})
	}
	return out
}

func (a *App) trunksRegistered() []telemetry.Sample {
	var out []telemetry.Sample
	for trunk, ok := range a.registrations.state() {
		out = append(out, telemetry.Sample{Value: truth(ok), Labels: []string{trunk}})
	}
	return out
}

// scrapeTime is how long a scrape waits for Redis.
const scrapeTime = 2 * time.Second

func (a *App) leftovers() []telemetry.Sample {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime) // a scrape carries none
	defer cancel()
	var out []telemetry.Sample
	all := a.pools.all()
	for _, tenant := range names(all) {
		calls, offers, timers, err := all[tenant].Leftovers(ctx)
		if err != nil {
			continue // no figure is better than a wrong one
		}
		for kind, n := range map[string]int64{"calls": calls, "offers": offers, "timers": timers} {
			out = append(out, telemetry.Sample{Value: float64(n), Labels: []string{tenant, kind}})
		}
	}
	return out
}

func (a *App) offers() []telemetry.Sample {
	var out []telemetry.Sample
	all := a.pools.all()
	for _, tenant := range names(all) {
		out = append(out, telemetry.Sample{Value: float64(all[tenant].Stats().Offers), Labels: []string{tenant}})
	}
	return out
}

var _ call.Queues = (*pool)(nil)
