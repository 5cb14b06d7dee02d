package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Run serves until ctx ends or a part fails. Then it drains: new calls are
// refused, and those in progress may finish within the drain timeout, or until
// hurry is closed. It returns when everything has ended; nil after a drain, or if ctx
// ended before all was up.
func (a *App) Run(ctx context.Context, hurry <-chan struct{}) error {
	if err := a.start(ctx); err != nil {
		a.parts.stop()
		if ctx.Err() != nil && errors.Is(err, context.Canceled) { // told to stop before all of it was up
			a.log.Info("stopped")
			err = nil
		}
		return errors.Join(err, a.Close())
	}
	close(a.started)
	var greeting sync.WaitGroup
	greeting.Go(func() {
		a.greet(ctx)
		a.speech.prerender(ctx, a.opts.Out)
	})
	defer greeting.Wait()
	a.note(ctx, "start", "start", "version "+a.opts.Version)
	var err error
	select {
	case <-ctx.Done():
	case err = <-a.parts.failed:
		a.log.Error("a part of the server failed", slog.Any("err", err))
	}
	return errors.Join(err, a.stop(context.WithoutCancel(ctx), hurry, err == nil))
}

// start brings the parts up: what others need comes first, because parts are
// stopped in the reverse order.
func (a *App) start(ctx context.Context) error {
	a.parts.start(ctx, "http", a.console.Run)
	a.parts.start(ctx, "media", a.media.Run)
	if a.speech.child != nil {
		a.parts.start(ctx, "speech engines", a.speech.child.run)
	}
	a.parts.start(ctx, "load", a.watchStrain)
	a.parts.start(ctx, "speech watch", a.speech.watch)
	err := a.pools.apply(ctx, a.plan.Load(), func(p *pool) { a.startPool(ctx, p) })
	if err != nil {
		return err
	}
	a.parts.start(ctx, "outputs", func(ctx context.Context) error { return a.outputs.run(ctx, a.pools.of) })
	if a.certs != nil {
		a.parts.start(ctx, "certificates", a.certs.Run)
	}
	if a.webCerts != nil {
		a.parts.start(ctx, "https certificates", a.webCerts.Run)
	}
	a.parts.start(ctx, "sip", a.sip.Run)
	a.parts.start(ctx, "registrations", a.keepRegistered)
	a.parts.start(ctx, "agents", func(ctx context.Context) error {
		return a.pools.follow(ctx, a.sip, a.plan.Load)
	})
	return a.startDemo(ctx)
}

func (a *App) startPool(ctx context.Context, p *pool) {
	p.callBack = a.callBack
	a.parts.start(ctx, "queues of "+p.tenant, func(ctx context.Context) error {
		return p.run(ctx, a.calls, a.log)
	})
}

func (a *App) startDemo(ctx context.Context) error {
	if !a.plan.Load().loaded.Config.DemoAgent {
		return nil
	}
	c, err := a.demoChild()
	if err != nil {
		return fmt.Errorf("demo agent: %w", err)
	}
	a.parts.start(ctx, "demo agent", c.run)
	return nil
}

// stop drains if it may, then ends what is left.
func (a *App) stop(ctx context.Context, hurry <-chan struct{}, drain bool) error {
	a.draining.Store(true)
	if drain && !a.drain(ctx, hurry) {
		a.closeCalls(ctx, hurry)
	}
	a.hangUp()
	a.waitCalls(ctx, endTime)
	a.parts.stop()
	err := a.Close()
	a.log.Info("stopped")
	return err
}

// endTime is how long calls may take to end once they are told to.
const endTime = 10 * time.Second

// closeTime is how long calls that are left may take to be told goodbye, or to be
// taken by a refuge.
const closeTime = 30 * time.Second

// closeCalls has each call that is left end well: with an apology, or at the
// tenant's refuge. Test calls, which have nobody to speak to them, end at once.
func (a *App) closeCalls(ctx context.Context, hurry <-chan struct{}) {
	a.endTests()
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	go func() {
		select {
		case <-hurry:
			cancel()
		case <-ctx.Done():
		}
	}()
	a.calls.CloseAll(ctx)
	_ = a.calls.Wait(ctx) // who is left is hung up on
}

// drain refuses new calls and lets those in progress finish; it reports whether all
// did.
func (a *App) drain(ctx context.Context, hurry <-chan struct{}) bool {
	timeout := a.plan.Load().loaded.Config.DrainTimeout
	live := len(a.live()) + a.calls.Desks()
	a.drains.Store(time.Now().Add(timeout).UnixNano())
	a.note(ctx, "signal", "drain", fmt.Sprintf("%d calls", live))
	a.log.Info("draining", slog.Int("calls", live), slog.Duration("timeout", timeout))
	if live > 0 {
		a.say("\nDraining: %d calls may finish within %s. Press Ctrl-C again to hang up now.\n", live, timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	go func() {
		select {
		case <-hurry:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := errors.Join(a.sip.Drain(ctx), a.web.Wait(ctx)); err != nil {
		a.log.Warn("the calls that are left are told goodbye", slog.Int("calls", len(a.live())))
		return false
	}
	return true
}

// waitCalls waits for calls that were told to end.
func (a *App) waitCalls(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := errors.Join(a.calls.Wait(ctx), a.web.Wait(ctx)); err != nil {
		live, _ := a.calls.Count()
		a.log.Error("calls did not end", slog.Int("calls", live))
	}
}
