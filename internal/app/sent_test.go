package app

import (
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// An agent sends a caller to a colleague, who hears of it first: the caller is theirs by key
// 1, and back with who sent them by key 2, or if the colleague says nothing.
func TestAColleagueWhoIsToldOfACallerTakesOrDeclines(t *testing.T) {
	h := newHouse(t, "", "sent_whisper: ask")
	for name, c := range map[string]struct {
		key  string
		code int
	}{"takes": {"1", 0}, "declines": {"2", 603}, "says nothing": {"", 408}} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.anotherTry()
			caller, anna := h.atAnna()
			outcome := anna.sends(h.uri("boris"))
			boris := h.picks(h.boris.Ring())
			if c.key != "" {
				h.told("agent.briefed")
				boris.keysIn(c.key)
			}
			if got := codeOf(<-outcome); got != c.code {
				t.Errorf("anna is told %d, not %d", got, c.code)
			}
			with := anna
			if c.code == 0 {
				with = boris
				siptest.Ended(t, anna.leg)
			} else {
				siptest.Ended(t, boris.leg)
			}
			h.talk(caller, with)
			_ = caller.leg.Hangup(t.Context(), sip.Normal)
			siptest.Ended(t, with.leg)
			h.over()
		})
	}
}

func TestWhatAColleagueHearsIsNamed(t *testing.T) {
	_, err := load(t, "version: 1\ntenants:\n  acme:\n    queues: {billing: {}}\n    sent_whisper: aks\n", nil, nil)
	const want = `callward.yaml:5: tenants[acme].sent_whisper: "aks" is not known; allowed: none, tell, ask (did you mean "ask"?)`
	refusedFor(t, err, want)
}

func TestAVoicemailThatCannotBeIsNamed(t *testing.T) {
	const file = `version: 1
tenants:
  acme:
    queues:
      billing:
        voicemail: {when: [waiting, nobody], after: 1m, longest: 3m, silence: 4s}
`
	v := mustLoad(t, file, nil, nil).Tenants["acme"].voicemails()["billing"]
	if v.After != time.Minute || !v.Nobody || v.Closed || v.Longest != 3*time.Minute || v.Silence != 4*time.Second {
		t.Errorf("voicemail %+v", v)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"when":    {"[waiting, nobody]", "[waitng]", `callward.yaml:6: tenants[acme].queues[billing].voicemail.when[0]: "waitng" is not known; allowed: waiting, nobody, closed (did you mean "waiting"?)`},
		"closed":  {"[waiting, nobody]", "[closed]", `voicemail.when[0]: only a queue with hours`},
		"longest": {"longest: 3m", "longest: 1h", `callward.yaml:6: tenants[acme].queues[billing].voicemail.longest: 1h0m0s; allowed: 5s to 5m0s`},
		"silence": {"silence: 4s", "silence: 100ms", `voicemail.silence: 100ms; allowed: 2s to 30s`},
		"nobody":  {"when: [waiting, nobody], ", "", `tenants[acme].queues[billing].voicemail: nobody may leave a message`},
		"key":     {"longest: 3m", "longst: 3m", `unknown key "longst" in tenants[acme].queues[billing].voicemail; allowed: after, longest, silence, when`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, replaced(t, file, c.old, c.new), nil, nil)
			refusedFor(t, err, c.want)
		})
	}
}
