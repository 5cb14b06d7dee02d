package call

import (
	"testing"

	"github.com/callward/callward/router/queue"
)

// The words are those that the machine writes of transfers.
func TestATransferSaysHowACallerWasSentOnAndWhere(t *testing.T) {
	for want, e := range map[[2]string]Entry{
		{"transfer", "boris"}:       {Reason: "asked for by the agent" + sentTo + "boris", Queue: DirectQueue("boris")},
		{"transfer", "technical"}:   {Reason: "asked for by the agent", Queue: "technical"},
		{"transfer", queue.Outside}: {Reason: "asked for by the agent"},
		{"handover", "boris"}:       {Reason: handedTo + "boris" + onTheLine},
	} {
		if how, to := destinationOf(e); string(how) != want[0] || to != want[1] {
			t.Errorf("%q: %s to %s", e.Reason, how, to)
		}
	}
}
