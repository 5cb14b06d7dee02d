package records_test

import (
	"strconv"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/records"
)

func TestOfTooManyMessagesTheOldestOfTheTenantGoes(t *testing.T) {
	k := records.NewMessages(2)
	for i := range 3 {
		m := call.Message{Tenant: "acme", Call: call.ID(strconv.Itoa(i)), Sound: []byte{byte(i)}}
		if err := k.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Put(t.Context(), call.Message{Tenant: "globex", Call: "9"}); err != nil {
		t.Fatal(err)
	}
	list := k.List("acme")
	if len(list) != 2 || list[0].Call != "2" || list[1].Call != "1" || list[0].Sound != nil {
		t.Errorf("kept %+v", list)
	}
	if m, ok := k.Get("acme", "2"); !ok || len(m.Sound) != 1 || m.Sound[0] != 2 {
		t.Errorf("message %+v, %t", m, ok)
	}
	if _, ok := k.Get("globex", "2"); ok {
		t.Error("a message of another tenant is given")
	}
	k.Delete("acme", "2")
	if kept, dropped := k.Count(); kept != 2 || dropped != 1 {
		t.Errorf("%d are kept, %d were forgotten", kept, dropped)
	}
}
