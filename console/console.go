package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/time/rate"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/router/queue"
)

// Config is what the API shows and does. All fields but those marked are needed.
type Config struct {
	Version string
	Journal *call.Journal
	Records call.Records
	Live    func() []call.Record // the calls in progress, without journals
	Pools   func() []Pool        // one for each tenant, by name
	Health  func(ctx context.Context) []Check
	Metrics http.Handler
	Audit   func(ctx context.Context, limit int) ([]AuditEvent, error)
	// Note adds to the audit: sign-ins, refusals and what rights are used for. nil: nothing is kept.
	Note func(ctx context.Context, e AuditEvent)
	// SignIn knows who may use the API. nil: nobody may, but for what is public.
	SignIn *signin.Service
	// Reload reads the configuration again. Its error says what is wrong with
	// it; errors joined are shown one by one.
	Reload func(ctx context.Context, actor string) (Reloaded, error)
	// Export gives the records of a tenant's calls that ended in a span of time, whose end may
	// be zero, as lines of JSON or as CSV with a header; nil: it is not served.
	Export func(ctx context.Context, tenant string, from, to time.Time, asCSV bool) ([]byte, error)
	// Alias is how a caller is named outside this server; nil: not at all.
	Alias func(r *call.Record) string
	// Undelivered gives up to limit messages that receivers did not take; nil: it is not served.
	Undelivered func(ctx context.Context, tenant string, limit int) ([]Undelivered, error)
	Messages    Messages       // that callers left; nil: they are not served
	WebCalls    *webcall.Calls // nil: nobody can call from a web page
	Phones      http.Handler   // of agents' phones in browsers: SIP over WebSockets; nil: none are served
	// ICEServers names the STUN and TURN servers of a page's calls. who, a word, is in credentials
	// made for it, so that a TURN server can bound what all of that kind relay; nil: there are none.
	ICEServers func(who string) []ICEServer
	// Supervisors lets people onto calls; Staff changes what agents are doing; nil: nobody does.
	Supervisors Supervisors
	Staff       Staff
	// The next three may be nil: then nothing is shown of them.
	Assistants func() []Assistant // by tenant and name
	Try        func(ctx context.Context, s Sentence) (Understood, error)
	System     func(ctx context.Context) System
	// Rehearse plays an assistant's scenarios; Rehearsals gives the last play of each. nil:
	// nothing is played. Errors: ErrUnknown, ErrBusy, ErrNoScenarios; any other lists what is
	// wrong with the files, an error each.
	Rehearse   func(ctx context.Context, r Rehearse, actor string) (Rehearsal, error)
	Rehearsals func() []Rehearsal
	// Compare says how the file of an assistant differs from what runs, and Activate reloads if
	// the file is still that version. nil: neither is served. Errors: ErrUnknown, ErrOther; any
	// other of Activate is as Reload's.
	Compare  func(ctx context.Context, assistant string) (Comparison, error)
	Activate func(ctx context.Context, assistant, version, actor string) (Reloaded, error)

	HTTPS *HTTPS // a second listener, over TLS; nil: none
	Proxy Proxy  // with one the plain listener may be reached from elsewhere, by it alone

	Log       *slog.Logger
	KeepAlive time.Duration // after which an idle event stream says that it is still there; zero means 15 s
	Streams   int           // event streams at once; zero means 2,000
}

// A Pool is the queues and agents of one tenant.
type Pool struct {
	Tenant   string
	Snapshot func(ctx context.Context) (queue.Snapshot, error)
	Figures  func(ctx context.Context) (map[string]queue.Figures, error)   // by queue; nil: none are shown
	Outlook  func(ctx context.Context, call string) (queue.Outlook, error) // of a caller who waits; nil: none is shown
	Target   func(queue string) time.Duration                              // within which a call should be answered; nil: none is shown
	Zone     *time.Location                                                // where its day begins; nil: UTC
}

// A Server serves the API on one listener.
type Server struct {
	cfg     Config
	api     huma.API
	handler http.Handler
	routes  chi.Routes
	ln      net.Listener
	secure  net.Listener  // of HTTPS; nil: none
	beyond  bool          // ln is not loopback's
	reads   reads         // what was noted of them lately
	places  *places       // of event streams
	guesses *rate.Limiter // of what is written down of sessions and tokens that are not known
	boards  *boards
	waits   expected
	repeats repeats // of requests that came with a key

	overseen oversights
	asks     webcall.Rates // for credentials of TURN, by account or address

	closing chan struct{} // closed when the event streams must end
	once    sync.Once
}

// Listen binds address, which must be loopback unless there is a proxy, and that of HTTPS.
// Run must follow.
func Listen(address string, cfg Config) (*Server, error) {
	beyond := loopback(address)
	if beyond != nil && len(cfg.Proxy.From) == 0 {
		return nil, beyond
	}
	ln, err := bind("http", address)
	if err != nil {
		return nil, err
	}
	s := New(cfg)
	s.ln, s.beyond = ln, beyond != nil
	if cfg.HTTPS != nil {
		if s.secure, err = bind("https", cfg.HTTPS.Address); err != nil {
			return nil, errors.Join(err, ln.Close())
		}
	}
	return s, nil
}

func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen for http: %w", err)
	}
	if !loopbackHost(host) {
		return fmt.Errorf("listen for http on %s: other machines could reach it and it is not encrypted; use 127.0.0.1 or [::1]", address)
	}
	return nil
}

func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// New makes a server without a listener, for its Handler.
func New(cfg Config) *Server {
	if cfg.KeepAlive == 0 {
		cfg.KeepAlive = 15 * time.Second
	}
	if cfg.Streams == 0 {
		cfg.Streams = usualStreams
	}
	s := &Server{cfg: cfg, places: newPlaces(cfg.Streams), closing: make(chan struct{}), boards: newBoards()}
	s.guesses = rate.NewLimiter(rate.Every(3*time.Second), 20)
	s.route()
	return s
}

// Handler serves the API.
func (s *Server) Handler() http.Handler { return s.handler }

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort {
	ap, err := netip.ParseAddrPort(s.ln.Addr().String())
	if err != nil {
		return netip.AddrPort{}
	}
	return ap
}

const (
	headerTime = 5 * time.Second
	readTime   = 15 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 60 * time.Second
	stopTime   = 5 * time.Second
	maxHeaders = 32 << 10
)

// Run serves until ctx ends, then lets requests in progress finish.
func (s *Server) Run(ctx context.Context) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	ended, listeners := s.serve(srv)
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serve http: %w", err), srv.Close())
	case <-ctx.Done():
	}
	s.endStreams()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err := srv.Shutdown(stop)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	for range listeners {
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
	}
	return err
}

// Close frees the listeners of a server that does not run.
func (s *Server) Close() error {
	s.endStreams()
	var errs []error
	for _, ln := range []net.Listener{s.ln, s.secure} {
		if ln == nil {
			continue
		}
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, fmt.Errorf("close http: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (s *Server) endStreams() { s.once.Do(func() { close(s.closing) }) }

// route builds the handler: guards first, then the operations.
func (s *Server) route() {
	r := chi.NewRouter()
	r.Use(middleware.GetHead) // load balancers ask for /healthz so
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there is nothing here; the API is described at /api/v1/openapi.json")
	})
	r.MethodNotAllowed(otherMethod(r))
	s.api = humachi.New(r, apiConfig(s.cfg.Version))
	s.api.UseMiddleware(s.authorize, s.onlyOnce)
	s.health()
	s.calls()
	s.messages()
	s.supervision()
	s.queues()
	s.agentStates()
	s.agentCalls()
	s.events()
	s.operations()
	s.board()
	s.search()
	s.assistants()
	s.rehearsals()
	s.versions()
	s.system()
	s.exports()
	s.webCalls()
	s.iceServers()
	s.sessions()
	s.factors()
	s.passkeys()
	s.federated()
	s.saml()
	s.users()
	s.tokens()
	if s.cfg.Phones != nil {
		r.Handle("/sip", s.cfg.Phones)
	}
	s.pages(r)
	s.routes = r
	declared(s.api, r)
	describeKeys(s.api)
	s.handler = s.forwarded(s.guard(s.identify(r)))
}

func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("Callward", version)
	c.OpenAPIPath = "/api/v1/openapi"
	c.DocsPath = ""     // its page would load scripts from elsewhere
	c.SchemasPath = ""  // the document holds them
	c.CreateHooks = nil // no $schema links in the replies
	c.Transformers = append(c.Transformers, discreet)
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Calls, queues and agents of one Callward server. Programs show a token, browsers a session's cookie."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "an API token: callward token"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName(false), Description: "set by POST /api/v1/session"},
	}
	c.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	return c
}
