package app

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/apitoken"
	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/outbound"
	"github.com/callward/callward/internal/records"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/stir"
)

// Options is what an App is given besides its configuration.
type Options struct {
	Version string
	Load    func() (Loaded, error) // reads the configuration again; nil: reload gives what there is
	Out     io.Writer              // where people read what is listening; nil: nowhere
	Log     *slog.Logger           // nil: none
	Level   *slog.LevelVar         // of Log; changed by a reload; may be nil

	Timers sip.Timers // clocks of signalling; zero: as they must be. For tests
}

// An App is a Callward server. Open makes one, Run runs it.
type App struct {
	opts Options
	log  *slog.Logger

	plan     atomic.Pointer[plan]
	began    Loaded // what this process was started with
	journal  *call.Journal
	records  *keeper
	messages *mailbox
	audit    records.Audit
	calls    *call.Registry
	tests    sync.Map // call.ID -> *testCall
	traffic  traffic
	gate     *outbound.Gate
	barred   atomic.Uint64 // calls that the gate refused
	portless atomic.Uint64 // calls for which no RTP port was free

	registrations registrations
	strain        strain

	certs    *certs.Store   // nil: no TLS
	webCerts *certs.Store   // of the HTTPS listener; nil: none
	identity *stir.Verifier // nil: nobody vouches for callers' numbers
	media    *media.Engine
	sip      *sip.Server
	speech   *speech
	dialogs  *dialogs
	payments *payments
	webhooks *webhooks
	outputs  *outputs
	pools    *pools
	web      *webcall.Calls
	door     *signin.Service
	local    *apitoken.File // for this user's programs; nil: they need one of their own
	console  *console.Server
	metrics  *prometheus.Registry
	turns    *prometheus.HistogramVec // steps of an answer
	flags    *prometheus.CounterVec   // what the guard rails saw

	demo     Secret // the demo agent's password, made up for this process
	parts    *parts
	calling  context.Context //nolint:containedctx // what calls live in; it ends when they must
	hangUp   context.CancelFunc
	testing  context.Context //nolint:containedctx // the same of test calls, within it
	endTests context.CancelFunc
	started  chan struct{} // closed when the server serves
	opened   time.Time
	draining atomic.Bool
	drains   atomic.Int64 // until then, ns; 0: not yet

	rehearsed rehearsed
	reload    sync.Mutex // one at a time
}

// auditKept bounds the audit trail in memory.
const auditKept = 1000

// Open binds the ports and reaches Redis, so that what is wrong shows at once.
// Either Run or Close must follow.
func Open(ctx context.Context, l Loaded, opts Options) (*App, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Out == nil {
		opts.Out = io.Discard
	}
	c := l.Config
	a := &App{
		opts: opts, log: opts.Log,
		journal: call.NewJournal(c.Records.Entries, time.Now).From(uint64(time.Now().Unix()) << 20), //nolint:gosec // since 1970; a million entries for each second of the process before
		audit:   records.NewTrail(auditKept),
		calls:   call.NewRegistry(),
		gate:    outbound.NewGate(time.Now),
		metrics: telemetry.NewRegistry(opts.Version),
		turns:   telemetry.Seconds("callward_turn_seconds", "From a caller's last sound to the first sound of the answer on the wire, by step.", "step"),
		flags:   newFlags(),
		demo:    NewSecret(rand.Text()),
		dialogs: newDialogs(opts.Log), payments: newPayments(opts.Log), webhooks: newWebhooks(opts.Log),
		parts:   newParts(),
		started: make(chan struct{}), opened: time.Now(),
	}
	a.strain.limit, a.strain.most = float64(c.Limits.CPU)/100, badSeconds
	a.outputs = newOutputs(opts.Log, a.webhooks)
	a.records = &keeper{Records: records.NewMemory(c.Records.Calls), outputs: a.outputs}
	a.messages = &mailbox{Messages: records.NewMessages(c.Records.Messages), outputs: a.outputs, log: opts.Log}
	a.calling, a.hangUp = context.WithCancel(context.WithoutCancel(ctx))
	a.testing, a.endTests = context.WithCancel(a.calling)
	for _, open := range []func(context.Context, Loaded) error{a.openSIP, a.openStore, a.openConsole, a.openPlan, a.openRooms} {
		if err := open(ctx, l); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

func (a *App) openSIP(_ context.Context, l Loaded) error {
	cfg := sip.Config{
		UserAgent:   "Callward/" + a.opts.Version,
		Credentials: a.password,
		OnRegister:  a.registered,
		Handler:     sip.HandlerFunc(a.invite),
		Origins:     l.Config.Listeners.Origins,
		Trusted:     a.trusts,
		Busy:        a.strain.tooMuch,
		MaxCalls:    l.Config.Limits.Calls, MaxConnections: l.Config.Limits.Connections,
		Limits: sip.Limits{
			PerSource: float64(l.Config.Limits.PerSource), Strangers: float64(l.Config.Limits.Strangers), Invites: float64(l.Config.Limits.CallRate),
		},
		Timers: a.opts.Timers, Log: a.log,
	}
	for _, address := range l.Config.Listeners.SIP {
		for _, network := range address.networks() {
			cfg.Listeners = append(cfg.Listeners, sip.Listener{
				Network: network, Address: address.Address, Advertise: advertised(address, l.Config.Listeners.Advertise),
			})
		}
	}
	var err error
	if a.identity, err = openIdentity(l.Config.Identity); err != nil {
		return err
	}
	if l.Config.Listeners.TLS != (TLSFiles{}) {
		if a.certs, err = certs.Open(certs.Files(l.Config.Listeners.TLS), a.log); err != nil {
			return err
		}
		cfg.ClientTLS = a.certs.Client
	}
	if l.Config.Listeners.TLS.Certificate != "" {
		cfg.TLS = a.certs.Server()
	}
	a.sip, err = sip.Listen(cfg)
	return err
}

func advertised(a SIPAddress, common IPAddress) string {
	if ip := told(a.bound().Addr(), a.Advertise, common); ip.IsValid() {
		return ip.String()
	}
	return ""
}

func (a *App) openConsole(_ context.Context, l Loaded) error {
	https, err := a.openHTTPS(l.Config.Listeners)
	if err != nil {
		return err
	}
	a.web = a.newWebCalls()
	a.console, err = console.Listen(string(l.Config.Listeners.HTTP), console.Config{
		Version: a.opts.Version, Journal: a.journal, Records: a.records,
		Live: a.live, Pools: a.poolViews, Health: a.health,
		Metrics: telemetry.Handler(a.metrics), Audit: a.listAudit, Note: a.keep, Reload: a.Reload, Log: a.log, SignIn: a.door,
		WebCalls: a.web, Phones: a.sip.WebSocket(), ICEServers: a.iceServers,
		HTTPS: https, Proxy: l.Config.Listeners.Proxy.console(),
		Messages: a.messages, Export: a.exportCalls, Undelivered: a.undelivered, Alias: a.alias,
		Supervisors: supervisors{a}, Staff: staff{a},
		Assistants: a.assistantViews, Try: a.try, System: a.systemView,
		Rehearse: a.rehearse, Rehearsals: a.rehearsed.all, Compare: a.compare, Activate: a.activate,
	})
	if err == nil {
		a.leaveToken()
	}
	return err
}

func (a *App) openPlan(ctx context.Context, l Loaded) error {
	p, err := newPlan(ctx, l, nil, a.demo, a.log)
	if err != nil {
		return err
	}
	a.plan.Store(p)
	a.began = l
	return nil
}

// openRooms prepares media, queues and speech.
func (a *App) openRooms(_ context.Context, l Loaded) error {
	ls := l.Config.Listeners
	cfg := media.Config{
		PortMin: ls.RTPPorts.First, PortMax: ls.RTPPorts.Last, SilentAfter: l.Config.Call.MediaTimeout,
		Fault: func(where []string) {
			a.log.Error("the sound of a call broke: please report this", slog.Any("where", where))
		},
	}
	for _, r := range ls.RTPAddress {
		cfg.Addresses = append(cfg.Addresses, media.Address{Bind: r.Bind, Advertise: told(r.Bind, r.Advertise, ls.Advertise)})
	}
	var err error
	a.media, err = media.New(cfg)
	if err != nil {
		return err
	}
	if a.speech, err = openSpeech(l.Config, a.log); err != nil { //nolint:contextcheck // engines are watched until Close
		return err
	}
	if err := a.dialogs.apply(l.Config.Tenants); err != nil { //nolint:contextcheck // they are asked until Close
		return err
	}
	if err := a.payments.apply(l.Config.Tenants); err != nil {
		return err
	}
	if err := a.webhooks.apply(l.Config.Tenants); err != nil {
		return err
	}
	a.outputs.apply(l.Config.Tenants)
	a.speech.want(a.plan.Load())
	return a.register() //nolint:contextcheck // a scrape carries no context
}

// Close frees what Open took, if Run is not called.
func (a *App) Close() error {
	a.hangUp()
	var errs []error
	if a.local != nil {
		errs = append(errs, a.local.Close())
	}
	if a.console != nil {
		errs = append(errs, a.console.Close())
	}
	if a.sip != nil {
		errs = append(errs, a.sip.Close())
	}
	if a.speech != nil {
		errs = append(errs, a.speech.close())
	}
	errs = append(errs, a.dialogs.close(), a.payments.close())
	a.webhooks.close()
	if a.pools != nil {
		a.pools.close()
	}
	return errors.Join(errs...)
}

// Started is closed when the server serves calls.
func (a *App) Started() <-chan struct{} { return a.started }

// SIP is where calls come in over a transport; not valid if nowhere.
func (a *App) SIP(network string) netip.AddrPort {
	ap, _ := a.sip.Addr(network)
	return ap
}

// HTTP is where the API is served.
func (a *App) HTTP() netip.AddrPort { return a.console.Addr() }

// trusts reports whether an address is a trunk's.
func (a *App) trusts(from netip.Addr) bool {
	p := a.plan.Load()
	return p != nil && p.admits(from)
}

// password is what a phone must know to register and to call, and a trunk to call.
func (a *App) password(user string) (string, bool) {
	p := a.plan.Load()
	if p == nil {
		return "", false
	}
	if c, ok := p.agents[user]; ok {
		return c.password.Reveal(), true
	}
	for _, t := range p.loaded.Config.Trunks {
		if t.Challenge && t.User == user {
			return t.Password.Reveal(), true
		}
	}
	return "", false
}

func (a *App) registered(b sip.Binding) {
	if a.pools != nil {
		a.pools.registered(b.User)
	}
}

// live gives the calls in progress, test calls included.
func (a *App) live() []call.Record {
	all := a.calls.Live()
	a.tests.Range(func(_, v any) bool {
		if t, ok := v.(*testCall); ok {
			all = append(all, t.live())
		}
		return true
	})
	return all
}

func (a *App) listAudit(ctx context.Context, limit int) ([]console.AuditEvent, error) {
	events, err := a.audit.List(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]console.AuditEvent, len(events))
	for i, e := range events {
		out[i] = console.AuditEvent(e)
	}
	return out, nil
}

// note writes an audit event.
func (a *App) note(ctx context.Context, actor, action, result string) {
	err := a.audit.Put(ctx, records.Event{Time: time.Now(), Actor: actor, Action: action, Result: result})
	if err != nil {
		a.log.Warn("keep audit event", slog.Any("err", err))
	}
}

const demoPasswordEnv = "CALLGEN_PASSWORD"

// demoChild is the demo agent's phone.
func (a *App) demoChild() (*child, error) {
	path, err := beside("callgen")
	if err != nil {
		return nil, err
	}
	ap := a.SIP("udp")
	if !ap.IsValid() {
		return nil, errors.New("the demo agent needs SIP over UDP")
	}
	if ap.Addr().IsUnspecified() {
		ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port())
	}
	return &child{
		name: "demo agent", path: path, log: a.log,
		args:  []string{"agent", "--register", ap.String(), "--user", DemoAgentName, "--password", "env:" + demoPasswordEnv},
		env:   []string{demoPasswordEnv + "=" + a.demo.Reveal()}, // arguments are for all to see
		quiet: func() bool { return true },
		state: func(bool, string) {},
	}, nil
}
