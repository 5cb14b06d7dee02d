package main

import (
	"strings"
	"testing"

	"github.com/callward/callward/internal/apitoken"
)

// An operator looks after accounts and tokens from the command line.
func TestAccountsAndTokensAreLookedAfter(t *testing.T) {
	address := serveCalls(t)
	do := func(args ...string) string {
		t.Helper()
		out, err := execute(t, append(args, "--http", address)...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	refused := func(say string, args ...string) {
		t.Helper()
		if _, err := execute(t, append(args, "--http", address)...); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v: %v, want %q", args, err, say)
		}
	}
	if out := do("user", "add", "jean", "--role", "supervisor@acme/billing", "--role", "viewer"); !strings.Contains(out, "jean comes in, once and within 15 minutes, by\n  http://"+strings.Replace(address, "127.0.0.1", "localhost", 1)+"/welcome#") {
		t.Errorf("add: %s", out)
	}
	refused("there is an account of that name", "user", "add", "jean", "--role", "viewer")
	refused(`"boss" is no role; allowed: viewer, agent`, "user", "roles", "jean", "--role", "boss")
	refused("there is no such account", "user", "reset", "marie")
	refused(`required flag(s) "role" not set`, "user", "add", "marie")
	do("user", "roles", "jean", "--role", "auditor")
	do("user", "disable", "jean")
	if out := do("user", "list"); out != "jean  auditor  disabled\n" {
		t.Errorf("list: %q", out)
	}
	do("user", "enable", "jean")
	if out := do("user", "reset", "jean"); !strings.Contains(out, "/welcome#") {
		t.Errorf("reset: %s", out)
	}
	do("user", "remove", "jean")
	if out := do("token"); out != "of a test\n" {
		t.Errorf("token: %q", out)
	}
	made := do("token", "add", "board", "--role", "viewer@default", "--for", "1h")
	token, about, _ := strings.Cut(made, "\n")
	_, about, _ = strings.Cut(about, "id ")
	id, _, _ := strings.Cut(about, ",")
	if list := do("token", "list"); !strings.HasPrefix(list, id+"  board  [viewer@default]") || !strings.HasPrefix(token, "cwt_") {
		t.Errorf("made %q, list %q", made, list)
	}
	t.Setenv(apitoken.Env, token)
	refused("your roles do not reach this", "user", "list")
	t.Setenv(apitoken.Env, "of a test")
	do("token", "revoke", id)
	t.Setenv(apitoken.Env, token)
	refused("sign-in is needed", "user", "list")
}
