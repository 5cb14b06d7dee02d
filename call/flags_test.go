package call

import (
	"log/slog"
	"slices"
	"testing"
	"time"
)

func TestFlagsAreOnTheRecordOnceAndCountedEachTime(t *testing.T) {
	var counted []string
	c := &Call{
		deps: Deps{
			Journal: NewJournal(10, time.Now), Now: time.Now, Flagged: func(flag string) { counted = append(counted, flag) },
		},
		record: newRecorder(Setup{ID: "c1", Tenant: "acme", Assistant: testAssistant(t)}, time.Now()),
		log:    slog.New(slog.DiscardHandler),
	}
	for _, flags := range [][]string{{"impersonation"}, {"injection", "impersonation"}, nil} {
		c.write(t.Context(), Entry{Kind: KindDecision, Reason: "guard rails", Flags: flags})
	}
	if got, want := c.Record().Flags, []string{"impersonation", "injection"}; !slices.Equal(got, want) {
		t.Errorf("the record has %v, want %v", got, want)
	}
	if want := []string{"impersonation", "injection", "impersonation"}; !slices.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
}
