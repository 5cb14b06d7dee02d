package facts_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

// A caller who hangs up to be called back leaves the line, whatever becomes of the place,
// and comes anew with an agent once reached.
func TestACallerWhoIsCalledBackLeavesAndComesAnew(t *testing.T) {
	got := told([]event{
		{queue.EventEntered, ""},
		{queue.EventCallback, ""},
		{queue.EventResting, ""},
		{queue.EventWoken, ""},
		{queue.EventOffered, "ana"},
		{queue.EventReturned, "ana"},
		{queue.EventOffered, "ben"},
		{queue.EventAnswered, "ben"},
		{queue.EventDialled, "ben"},
		{queue.EventReached, "ben"},
		{queue.EventCompleted, "ben"},
	})
	want := []string{"queue.entered  ", "queue.left  callback", "queue.entered  ", "queue.connected ben ", "queue.completed ben "}
	if !slices.Equal(got, want) {
		t.Errorf("facts are %q, want %q", got, want)
	}
}

// Whom nobody could be connected with keeps the place, and comes anew at another try.
func TestACallerWhoWasReachedInVainComesAnewToo(t *testing.T) {
	got := told([]event{
		{queue.EventEntered, ""},
		{queue.EventResting, ""}, // as the scripts have it
		{queue.EventCallback, ""},
		{queue.EventOffered, "ana"},
		{queue.EventAnswered, "ana"},
		{queue.EventReached, "ana"},
		{queue.EventReturned, "ana"},
		{queue.EventResting, ""},
		{queue.EventOffered, "ben"},
		{queue.EventAnswered, "ben"},
		{queue.EventReached, "ben"},
		{queue.EventCompleted, "ben"},
	})
	want := []string{
		"queue.entered  ", "queue.left  callback", "queue.entered  ", "queue.connected ana ", "queue.returned ana ",
		"queue.entered  ", "queue.connected ben ", "queue.completed ben ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("facts are %q, want %q", got, want)
	}
}

// An event is what a fold is told about the place of c1.
type event struct {
	kind  queue.EventKind
	agent string
}

func told(events []event) (got []string) {
	f, at := facts.NewFold(), time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	for i, e := range events {
		for _, fact := range f.Apply(queue.Event{
			ID: strconv.Itoa(i) + "-0", At: at.Add(time.Duration(i) * time.Second), Kind: e.kind,
			Fields: map[string]string{"call": "c1/1", "queue": "billing", "agent": e.agent},
		}) {
			got = append(got, string(fact.Name)+" "+fact.Agent+" "+fact.Reason)
		}
	}
	return got
}
