package call

import (
	"testing"
	"time"

	"github.com/callward/callward/router/assistant"
)

func TestARecordTellsWhatWasWantedAndNotTheLastYes(t *testing.T) {
	r := &recorder{}
	for _, name := range []string{"hours", assistant.IntentYes, "bill", assistant.IntentNo} {
		r.add(Entry{Kind: KindIntent, Time: time.Now(), Intent: &Scored{Name: name, Confidence: 1}})
	}
	if got := r.read().Intent; got == nil || got.Name != "bill" {
		t.Errorf("got %+v, want bill", got)
	}
}
