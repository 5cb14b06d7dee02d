package app

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/sip"
)

// WebCallSettings say what may be called from a web page, by anybody who reaches it.
type WebCallSettings struct {
	Numbers []string `koanf:"numbers"` // the first is called where the page names none; empty: nobody can call so
	Calls   int      `koanf:"calls"`   // at once
	Minute  int      `koanf:"minute"`  // new ones in a minute from one address
}

// web is what stands for the trunk, and the caller, of a call from a web page.
const web = "web"

func (k *checker) webCalls(s WebCallSettings) {
	k.want(s.Calls > 0, "web_calls.calls", "allowed: 1 and more")
	k.want(s.Minute > 0, "web_calls.minute", "allowed: 1 and more")
	for i, n := range s.Numbers {
		k.want(n != "" && len(n) <= 64, fmt.Sprintf("web_calls.numbers[%d]", i), "%q is not a number; allowed: 1 to 64 characters", n)
	}
}

func (a *App) newWebCalls() *webcall.Calls {
	return webcall.New(webcall.Config{
		Policy: func() webcall.Policy { return webcall.Policy(a.plan.Load().loaded.Config.WebCalls) },
		NewID:  newID, Serve: a.webCall, Now: time.Now,
	})
}

// webCall takes a call from a web page, as invite does one from a trunk.
func (a *App) webCall(leg *webcall.Leg) {
	p := a.plan.Load()
	if a.draining.Load() || a.strain.tooMuch() {
		a.reject(a.calling, leg, sip.Overload)
		return
	}
	if kind, ok := p.tests[leg.Number()]; ok {
		a.test(leg, kind, p.testTenant, whoCalls{leg.Call(), web, leg.Number()}, leg.Media())
		return
	}
	l, ok := p.line(leg.Number(), leg.Number())
	if !ok {
		a.log.Info("call refused", slog.String("source", web), slog.String("why", "no such number"))
		a.reject(a.calling, leg, sip.NotFound)
		return
	}
	setup := a.setup(p, l)
	setup.ID, setup.Trunk, setup.Caller, setup.Called, setup.Media = leg.Call(), web, web, leg.Number(), leg.Media()
	a.converse(setup, l, leg)
}
