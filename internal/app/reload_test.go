package app

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A part that turns out to be bad when all others are known to be good, such as a file that is
// gone meanwhile, changes nothing of them.
func TestAReloadChangesEverythingOrNothing(t *testing.T) {
	t.Parallel()
	s := serveApp(t, acme)
	load := s.opts.Load
	for what, c := range map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"a file of the last service": {func(c *Config) {
			tenant := c.Tenants["acme"]
			tenant.Payment = Payment{Target: "127.0.0.1:1", TLS: ProviderTLS{CA: "/nowhere/ca.pem"}}
			c.Tenants["acme"] = tenant
		}, "tenants[acme].payment"},
		"queues that are not taken": {func(c *Config) {
			c.Tenants["zoo"] = Tenant{Queues: map[string]Queue{"cages": {Strategy: "loudest"}}, Rona: new(int)}
		}, "tenant zoo"},
	} {
		t.Run(what, func(t *testing.T) {
			s.opts.Load = func() (Loaded, error) {
				l, err := load()
				l.Config.Tenants, l.Config.Speech.Providers = maps.Clone(l.Config.Tenants), map[string]Provider{"other": {Target: "127.0.0.1:2"}}
				tenant := l.Config.Tenants["acme"]
				tenant.Queues = maps.Clone(tenant.Queues)
				tenant.Queues["spare"] = Queue{}
				tenant.Dialog = Dialog{Target: "127.0.0.1:3"}
				l.Config.Tenants["acme"], l.Config.Tenants["new"] = tenant, Tenant{Queues: map[string]Queue{"sales": {}}, Rona: new(int)}
				c.spoil(&l.Config)
				return l, err
			}
			engines, plan := names(s.speech.asr.all), s.plan.Load()
			if _, err := s.Reload(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, not %s", err, c.want)
			}
			if got := names(s.pools.all()); !slices.Equal(got, []string{"acme"}) {
				t.Errorf("pools of %v", got)
			}
			if got := names(s.pools.of("acme").configured()); !slices.Equal(got, []string{"billing", "emergency", "technical"}) {
				t.Errorf("queues are %v", got)
			}
			told, err := s.pools.client.HGet(t.Context(), "cw:{acme/main}:queues", "spare").Result()
			if err == nil && told != `{"max_wait":1}` { // it is closed, if Redis heard of it
				t.Errorf("the spare queue is %s", told)
			}
			if !slices.Equal(names(s.speech.asr.all), engines) || len(s.dialogs.all) > 0 || s.plan.Load() != plan {
				t.Error("other parts have changed")
			}
		})
	}
	s.opts.Load = load
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Errorf("what is good: %v", err)
	}
}
