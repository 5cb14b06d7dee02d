package app

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/callward/callward/console"
)

// Reload reads the configuration and the assistants again. A fault changes
// nothing. Calls in progress go on as they began; the next ones find the new.
func (a *App) Reload(ctx context.Context, actor string) (console.Reloaded, error) {
	return a.reloadIf(ctx, actor, func(Loaded) error { return nil })
}

// reloadIf reloads what is accepted. The error of accept changes nothing either.
func (a *App) reloadIf(ctx context.Context, actor string, accept func(Loaded) error) (console.Reloaded, error) {
	a.reload.Lock()
	defer a.reload.Unlock()
	done, err := a.reread(ctx, accept)
	if err != nil {
		a.note(ctx, actor, "reload", "refused")
		a.log.Warn("reload refused, nothing was changed", slog.Any("err", err))
		return console.Reloaded{}, err
	}
	a.note(ctx, actor, "reload", "changed: "+orDash(done.Changed))
	a.log.Info("reloaded", slog.Any("changed", done.Changed), slog.Any("needs_restart", done.Restart))
	return done, nil
}

func (a *App) reread(ctx context.Context, accept func(Loaded) error) (console.Reloaded, error) {
	before := a.plan.Load()
	next := before.loaded
	if a.opts.Load != nil {
		var err error
		if next, err = a.opts.Load(); err != nil {
			return console.Reloaded{}, err
		}
	}
	if err := accept(next); err != nil {
		return console.Reloaded{}, err
	}
	p, err := newPlan(ctx, next, before, a.demo, a.log)
	if err != nil {
		return console.Reloaded{}, err
	}
	if err := a.replace(ctx, p); err != nil {
		return console.Reloaded{}, err
	}
	for _, w := range next.Warnings {
		if !slices.Contains(before.loaded.Warnings, w) {
			a.log.Warn("configuration", slog.String("warning", w))
		}
	}
	a.speech.want(p)
	a.registrations.nudge()
	if a.opts.Level != nil {
		a.opts.Level.Set(next.Config.Log.Level.Level)
	}
	done := console.Reloaded{File: next.File, Changed: differences(before.loaded, next)}
	done.Restart = needRestart(differences(a.began, next))
	return done, nil
}

// replace puts all that a plan needs in place of what there was. Whatever may be wrong with
// settings is found before anything is changed; then Redis is told, which may be away.
func (a *App) replace(ctx context.Context, p *plan) error {
	config := p.loaded.Config
	next, err := together(
		func() (change, error) { return a.speech.next(config) },          //nolint:contextcheck // engines are watched until Close
		func() (change, error) { return a.dialogs.next(config.Tenants) }, //nolint:contextcheck // they are asked until Close
		func() (change, error) { return a.payments.next(config.Tenants) },
		func() (change, error) { return a.webhooks.next(config.Tenants) },
	)
	if err != nil {
		return err
	}
	if err := a.pools.apply(ctx, p, func(pl *pool) { a.startPool(ctx, pl) }); err != nil {
		next.drop()
		return err
	}
	next.make()
	a.outputs.apply(config.Tenants)
	a.plan.Store(p)
	return nil
}

// differences names the settings that differ, without their values.
func differences(a, b Loaded) []string {
	var out []string
	va, vb := reflect.ValueOf(a.Config), reflect.ValueOf(b.Config)
	diff(&out, "", va, vb)
	for name, as := range b.assistants {
		if a.assistants[name].text != as.text {
			out = append(out, "assistant "+name)
		}
	}
	for name := range a.assistants {
		if _, ok := b.assistants[name]; !ok {
			out = append(out, "assistant "+name)
		}
	}
	slices.Sort(out)
	return out
}

// diff walks down to settings, and to those of each tenant; what is below one
// is not told apart.
func diff(out *[]string, path string, a, b reflect.Value) {
	switch {
	case a.Type() == reflect.TypeFor[map[string]Tenant]():
		diffTenants(out, path, a, b)
	case sectioned(a.Type()):
		for f, v := range a.Fields() {
			diff(out, join(path, f.Tag.Get("koanf")), v, b.FieldByIndex(f.Index))
		}
	case !same(a, b):
		*out = append(*out, path)
	}
}

func sectioned(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{
		reflect.TypeFor[Config](), reflect.TypeFor[Listeners](), reflect.TypeFor[TLSFiles](), reflect.TypeFor[HTTPSSettings](), reflect.TypeFor[ProxySettings](), reflect.TypeFor[LimitSettings](), reflect.TypeFor[IdentitySettings](), reflect.TypeFor[Speech](), reflect.TypeFor[CallSettings](),
		reflect.TypeFor[RecordSettings](), reflect.TypeFor[LogSettings](), reflect.TypeFor[Tenant](), reflect.TypeFor[Outbound](), reflect.TypeFor[WebCallSettings](),
	}, t)
}

func diffTenants(out *[]string, path string, a, b reflect.Value) {
	for _, k := range a.MapKeys() {
		name := path + "[" + k.String() + "]"
		if v := b.MapIndex(k); v.IsValid() {
			diff(out, name, a.MapIndex(k), v)
		} else {
			*out = append(*out, name+goneSuffix)
		}
	}
	for _, k := range b.MapKeys() {
		if !a.MapIndex(k).IsValid() {
			*out = append(*out, path+"["+k.String()+"]")
		}
	}
}

// goneSuffix marks a tenant that is no longer there.
const goneSuffix = " (gone)"

// same compares values, and secrets by what they hide.
func same(a, b reflect.Value) bool {
	if s, ok := reflect.TypeAssert[Secret](a); ok {
		t, _ := reflect.TypeAssert[Secret](b)
		return s.Reveal() == t.Reveal()
	}
	switch {
	case a.Kind() == reflect.Map:
		return sameMap(a, b)
	case a.Kind() == reflect.Struct && a.Type().PkgPath() == reflect.TypeFor[Config]().PkgPath() && a.Field(0).CanInterface():
		return sameFields(a, b)
	case a.Kind() == reflect.Slice && a.Len()+b.Len() == 0:
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

func sameFields(a, b reflect.Value) bool {
	for i := range a.NumField() {
		if !same(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func sameMap(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for _, k := range a.MapKeys() {
		if v := b.MapIndex(k); !v.IsValid() || !same(a.MapIndex(k), v) {
			return false
		}
	}
	return true
}

// poolSettings are those of a tenant that its pool is opened with.
func poolSettings() []string {
	return []string{".ring_timeout", ".wrap_up", ".rona", ".rona_pause", ".zone"}
}

// needRestart are the settings that are read once, at the start. The queues of
// a tenant that is gone stay open until then, for those who wait in them.
func needRestart(changed []string) []string {
	var out []string
	for _, c := range changed {
		section, _, _ := strings.Cut(c, ".")
		switch {
		case c == "speech.providers", c == "listeners.ice_servers": // the pools take others at once, and pages ask anew
		case slices.Contains([]string{"listeners", "limits", "identity", "speech", "records", "redis", "sign_in", "demo_agent"}, section),
			c == "log.format", strings.HasSuffix(c, goneSuffix), slices.ContainsFunc(poolSettings(), func(s string) bool { return strings.HasSuffix(c, s) }):
			out = append(out, c)
		}
	}
	return out
}
