package records

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/call"
)

func TestTheOldestRecordOfATenantGoesFirst(t *testing.T) {
	m := NewMemory(2)
	for _, id := range []call.ID{"a", "b", "c"} {
		must(t, m.Put(t.Context(), call.Record{Tenant: "one", Call: id, Journal: []call.Entry{{Seq: 1}}}))
	}
	must(t, m.Put(t.Context(), call.Record{Tenant: "two", Call: "a"}))

	if _, err := m.Get(t.Context(), "one", "a"); !errors.Is(err, call.ErrNoRecord) {
		t.Errorf("the oldest record is still there: %v", err)
	}
	if _, err := m.Get(t.Context(), "two", "a"); err != nil {
		t.Errorf("another tenant lost its record: %v", err)
	}
	got, err := m.List(t.Context(), "one", 10)
	must(t, err)
	if len(got) != 2 || got[0].Call != "c" || got[1].Call != "b" {
		t.Errorf("list = %v, want c then b", got)
	}
	if got[0].Journal != nil {
		t.Error("a list carries journals")
	}
}

func TestPutReplacesARecordInItsPlace(t *testing.T) {
	m := NewMemory(3)
	for _, id := range []call.ID{"a", "b", "a"} {
		must(t, m.Put(t.Context(), call.Record{Tenant: "one", Call: id, State: "state of " + string(id)}))
	}
	got, err := m.List(t.Context(), "one", 1)
	must(t, err)
	if len(got) != 1 || got[0].Call != "b" {
		t.Errorf("newest = %v, want b", got)
	}
}

func TestADeletedRecordIsGoneAndDeletingTwiceIsNoError(t *testing.T) {
	m := NewMemory(3)
	must(t, m.Put(t.Context(), call.Record{Tenant: "one", Call: "a"}))
	must(t, m.Delete(t.Context(), "one", "a"))
	must(t, m.Delete(t.Context(), "one", "a"))
	must(t, m.Delete(t.Context(), "nobody", "a"))
	if _, err := m.Get(t.Context(), "one", "a"); !errors.Is(err, call.ErrNoRecord) {
		t.Errorf("deleted record: %v", err)
	}
}

// A model: whatever is done, memory holds what a plain list of the newest would.
func TestMemoryAgreesWithAPlainList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(rt, "limit")
		m := NewMemory(limit)
		var model []call.ID
		for range rapid.IntRange(0, 30).Draw(rt, "steps") {
			id := call.ID(rapid.StringMatching(`[a-f]`).Draw(rt, "id"))
			if rapid.Bool().Draw(rt, "put") {
				model = modelPut(model, id, limit)
				_ = m.Put(t.Context(), call.Record{Tenant: "t", Call: id})
			} else {
				model = modelDelete(model, id)
				_ = m.Delete(t.Context(), "t", id)
			}
			got, _ := m.List(t.Context(), "t", 100)
			if len(got) != len(model) {
				rt.Fatalf("holds %d records, want %d", len(got), len(model))
			}
			for i, r := range got {
				if want := model[len(model)-1-i]; r.Call != want {
					rt.Fatalf("record %d is %s, want %s", i, r.Call, want)
				}
			}
		}
	})
}

func modelPut(model []call.ID, id call.ID, limit int) []call.ID {
	if slices.Contains(model, id) {
		return model
	}
	model = append(model, id)
	return model[max(0, len(model)-limit):]
}

func modelDelete(model []call.ID, id call.ID) []call.ID {
	var out []call.ID
	for _, have := range model {
		if have != id {
			out = append(out, have)
		}
	}
	return out
}

func TestManyWritersShareOneMemory(t *testing.T) {
	m, trail := NewMemory(10), NewTrail(10)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				_ = m.Put(t.Context(), call.Record{Tenant: fmt.Sprint(w % 2), Call: call.ID(fmt.Sprint(w, i))})
				_, _ = m.List(t.Context(), "0", 5)
				_ = trail.Put(t.Context(), Event{Action: "reload"})
			}
		})
	}
	wg.Wait()
	if got, _ := m.List(t.Context(), "1", 100); len(got) != 10 {
		t.Errorf("holds %d records, want 10", len(got))
	}
	if got, _ := trail.List(t.Context(), 100); len(got) != 10 {
		t.Errorf("holds %d events, want 10", len(got))
	}
}

func TestTheAuditTrailGivesTheNewestFirst(t *testing.T) {
	trail := NewTrail(2)
	for _, a := range []string{"start", "reload", "drain"} {
		must(t, trail.Put(t.Context(), Event{Action: a}))
	}
	got, err := trail.List(t.Context(), 5)
	must(t, err)
	if len(got) != 2 || got[0].Action != "drain" || got[1].Action != "reload" {
		t.Errorf("trail = %v, want drain then reload", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
