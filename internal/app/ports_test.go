package app

import (
	"fmt"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// Where no port for sound is left, whoever calls whatever gets 503 and is counted once;
// the calls that stand go on.
func TestACallWithoutAFreePortGets503AndIsCounted(t *testing.T) {
	t.Parallel()
	const most = 4
	h := newHouse(t, "", "", "--test-numbers", "--rtp-ports", "30900-30907")
	caller := siptest.NewPhone(t, "caller", nil)
	echo := sip.Invite{To: h.uri("echo")}
	var talking []*person
	for range most {
		p, err := h.calls(caller, echo)
		if codeOf(err) == 503 { // another process holds a port of ours
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		talking = append(talking, p)
	}
	if len(talking) == 0 {
		t.Fatal("no port at all is free")
	}
	already := h.portless.Load() // 0, but where another process holds a port
	for _, c := range []struct {
		who string
		by  *siptest.Phone
		inv sip.Invite
	}{
		{"a caller of a test number", caller, echo},
		{"a caller of a line", caller, sip.Invite{To: h.uri("+33100000000")}},
		{"an agent who calls a colleague", h.anna, sip.Invite{To: h.uri("boris"), User: "anna", Password: "a"}},
	} {
		if _, err := h.calls(c.by, c.inv); codeOf(err) != 503 {
			t.Errorf("%s: %v, want 503", c.who, err)
		}
	}
	h.metric(fmt.Sprintf("callward_media_no_port_total %d", already+3))
	for _, p := range talking {
		echoes(t, p.session, p.ear)
		_ = p.leg.Hangup(t.Context(), sip.Normal)
	}
}
