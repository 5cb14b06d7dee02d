package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/console"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/apitoken"
	"github.com/callward/callward/internal/records"
)

// openStore reaches Redis, in which queues, accounts and sessions are.
func (a *App) openStore(ctx context.Context, l Loaded) error {
	var err error
	if a.pools, err = openPools(ctx, l.Config.Redis, a.log); err != nil {
		return err
	}
	a.door = signin.New(signin.Config{Client: a.pools.client, Now: time.Now, OIDC: l.Config.SignIn.OIDC.provider(), SAML: l.Config.SignIn.SAML.provider()})
	return nil
}

// leaveToken lets this user's programs use the API. Without the file they need a token of
// their own, and calls are served all the same.
func (a *App) leaveToken() {
	f, err := apitoken.Leave(a.HTTP().Port())
	if err != nil {
		a.log.Warn("programs on this machine must be given a token", slog.Any("err", err))
		return
	}
	a.local = f
	a.door.TrustLocal(f.Token)
}

// keep writes an event of the console into the audit.
func (a *App) keep(ctx context.Context, e console.AuditEvent) {
	if err := a.audit.Put(ctx, records.Event(e)); err != nil {
		a.log.Warn("keep audit event", slog.Any("err", err))
	}
}

// welcome prints the link by which a newcomer becomes the admin, if there is none. It is
// for whoever reads what this program prints, and so not for the log.
func (a *App) welcome(ctx context.Context) {
	link, err := a.door.FirstLink(ctx)
	if err != nil {
		a.log.Warn("no link to sign in by", slog.Any("err", err))
		return
	}
	if link != "" {
		a.say("  sign in %s/welcome#%s   once, within 15 minutes\n", a.front(), link)
	}
}
