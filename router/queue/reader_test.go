package queue

import (
	"slices"
	"testing"
)

func TestWhatIsUnchangedIsDecodedOnce(t *testing.T) {
	var r reader[agentDoc]
	a, b := `{"id":"ann","st":"available"}`, `{"id":"bob","st":"paused"}`
	first, err := r.read([]any{a, b})
	if err != nil || len(first) != 2 || first[0].ID != "ann" || first[1].State != Paused {
		t.Fatalf("%+v, %v", first, err)
	}
	r.known[a] = agentDoc{ID: "ann", Call: "as remembered"}
	if next, err := r.read([]any{b, a}); err != nil || next[0] != first[1] || next[1].Call != "as remembered" {
		t.Errorf("%+v, %v", next, err)
	}
	if _, err := r.read([]any{a, "{"}); err == nil {
		t.Error("half a document was read")
	}
	next, err := r.read([]any{`{"id":"ann","st":"busy"}`})
	if err != nil || next[0].State != Busy || len(r.known) != 1 {
		t.Errorf("%+v, %v; %d are remembered", next, err, len(r.known))
	}
	next[0].ID = "eve" // lists belong to whom they are given
	if again, _ := r.read([]any{`{"id":"ann","st":"busy"}`}); !slices.ContainsFunc(again, func(d agentDoc) bool { return d.ID == "ann" }) {
		t.Errorf("%+v", again)
	}
}
