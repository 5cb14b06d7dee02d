package pages_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/console/access"
)

// frenchFile has the French of texts that the server makes: of reasons, alarms, causes,
// results and refusals. Its keys are as they stand in the code, {} for each value.
const frenchFile = "../web/src/locale/said.fr.json"

// asWritten are texts that stand for nothing a reader would have to be told in French: how
// a span of hours or a list is written, and names.
var asWritten = []string{"{}{}", "{}{}{}", "{}:{}-{}:{}", "{}:{}-{}:{}{}", " next day", "{} → {}", "oidc", "saml", "sign-in-by-{}", "CALLWARD_{}"} //nolint:gochecknoglobals // a list

// ofOthers are what gRPC and the system say, at the alarms, of engines and a Redis that are not
// reached. It is no text of ours, but what an operator meets first.
var ofOthers = []string{"Error while dialing: {}", "dial tcp {}: connect: {}", "dial unix {}: connect: {}", "dial tcp: {}", "lookup {} on {}: no such host", "lookup {}: no such host"} //nolint:gochecknoglobals // a list

// reasons are the fields and variables in which why something was done travels.
var reasons = []string{"Reason", "reason", "reasons", "why", "Why", "cause", "Cause", "how", "detail", "Drop", "what"} //nolint:gochecknoglobals // a list

// everySaying lists the texts of the server that pages show.
func everySaying(t *testing.T) []string {
	t.Helper()
	decisions := sources(t, reasons, "router/assistant", "router/guard")
	decisions.field("Reason")
	decisions.constants("guard.(Injection|Change|ReadBack|Disclosure|Authority|Pressure|Probing|Impersonation)|Answered|NotFound|Failed")
	journal := sources(t, reasons, "call", "router/queue", "internal/outbound")
	journal.field("Reason")
	journal.constants(`call\.(Cause|Err)\w+|queue\.Err(Full|Empty|NotWaiting|CalledBack)|queue\.(NoAnswer|LineBusy|Declined|Unreachable|NoMedia|RONA)|(err|Err)\w+|causes`)
	barred := sources(t, reasons, "internal/outbound")
	barred.returns("Refusal.Error")
	barred.constants(`outbound\.(NoNumber|OwnNumber|NotAllowed|Dear|OffHours|TooMany|TooFast)`)
	asked := sources(t, reasons, "internal/webhook")
	asked.element("FaultError", 1)
	hosts := sources(t, nil, "internal/app")
	hosts.field("Why")
	engines := sources(t, nil, "asr", "tts")
	engines.constants(`(asr|tts)\.Err\w+`)
	alarms := sources(t, nil, "internal/app")
	for _, f := range []string{"serving", "status", "unheard"} {
		alarms.returns(f)
	}
	alarms.constants("errUnasked")
	alarms.field("reason")
	for _, f := range []string{"running", "set"} {
		alarms.argument(f, 1)
	}
	var faults []*sayer
	for _, kind := range []string{"asr", "tts"} {
		f := sources(t, nil, kind)
		for _, of := range []string{"EngineError.Error", "Client.Ready", "Client.Capabilities"} {
			f.returns(of)
		}
		faults = append(faults, f)
	}
	did := sources(t, reasons, "internal/app")
	did.argument("note", 3)
	did.argument("noteOf", 4)
	does := sources(t, reasons, "console", "console/signin", "console/access")
	does.argument("note", 3)
	does.argument("noteFor", 4)
	refusals := sources(t, reasons, "console", "console/signin", "call", "internal/webcall")
	refusals.argument("Error4.*|Error5.*", 0)
	refusals.argument("problem", 2)
	refusals.argument("WriteErr", 3)
	refusals.constants(`(console|call|webcall)\.Err[A-Z]\w+`)
	signedIn := sources(t, reasons, "console/signin")
	signedIn.argument("doubt", 0)
	rehearsed := sources(t, nil, "internal/rehearsal")
	rehearsed.argument("fail", 0)
	rehearsed.argument("fail", 1)
	rehearsed.argument("fail", 2)
	rehearsed.argument("same|contains", 0)
	rehearsed.returns("Failure.String")

	all := map[string]bool{}
	for _, s := range append(faults, decisions, journal, barred, asked, hosts, engines, alarms, did, does, refusals, signedIn, rehearsed) {
		maps.Copy(all, s.said)
	}
	return slices.Sorted(maps.Keys(all))
}

// everyAct lists what the audit may say that was done.
func everyAct(t *testing.T) []string {
	t.Helper()
	policy := sources(t, nil, "console", "console/access")
	policy.keys("actionOf")
	policy.argument("note", 2)
	policy.argument("noteFor", 3)
	policy.constants("exportAction")
	app := sources(t, nil, "internal/app")
	app.argument("note", 2)
	app.argument("noteOf", 3)
	all := policy.said
	maps.Copy(all, app.said)
	for _, a := range access.Actions() {
		all[string(a)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func TestEverySayingOfTheServerHasItsFrench(t *testing.T) {
	raw, err := os.ReadFile(frenchFile)
	if err != nil {
		t.Fatal(err)
	}
	var french struct{ Said, Words, Actions, Masks map[string]string }
	if err := json.Unmarshal(raw, &french); err != nil {
		t.Fatal(err)
	}
	masks := sources(t, nil, "redact")
	masks.constants(`redact\.mask[A-Z]\w+`)
	for mask := range masks.said {
		if name := strings.Trim(mask, "[]"); name != strings.ToUpper(name) && french.Masks[name] == "" {
			t.Errorf("%s has no French of the mask %s", frenchFile, mask)
		}
	}
	for name, is := range map[string]struct {
		texts  []string
		french map[string]string
	}{
		"said": {everySaying(t), french.Said}, "actions": {everyAct(t), french.Actions},
	} {
		for _, text := range is.texts {
			if !slices.Contains(asWritten, text) && is.french[text] == "" && french.Words[text] == "" {
				t.Errorf("%s has no French of %q under %s", frenchFile, text, name)
			}
		}
		for text, fr := range is.french {
			if !slices.Contains(is.texts, text) && !slices.Contains(ofOthers, text) {
				t.Errorf("nothing says %q any more: take it out of %s", text, frenchFile)
			}
			if strings.Count(fr, "{") != strings.Count(text, "{}") {
				t.Errorf("%q and %q hold different values", text, fr)
			}
		}
	}
}
