package records_test

import (
	"errors"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/records"
)

func TestAMessageThatIsDoneMakesRoomBeforeOneThatIsNot(t *testing.T) {
	k := records.NewMessages(2)
	put := func(id call.ID) {
		if err := k.Put(t.Context(), call.Message{Tenant: "acme", Call: id, Sound: []byte{1}}); err != nil {
			t.Fatal(err)
		}
	}
	put("old")
	put("done")
	if m, err := k.Handle("acme", "done", call.Handling{State: call.MessageDone, By: "anna"}); err != nil || m.Handling.By != "anna" || m.Sound != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	put("new")
	list := k.List("acme")
	if _, dropped := k.Count(); len(list) != 2 || list[0].Call != "new" || list[1].Call != "old" || dropped != 0 {
		t.Errorf("kept %+v, %d were forgotten", list, dropped)
	}
	put("newer")
	if _, dropped := k.Count(); dropped != 1 {
		t.Errorf("%d were forgotten that nobody was done with", dropped)
	}
	if _, err := k.Handle("acme", "old", call.Handling{State: call.MessageTaken}); !errors.Is(err, call.ErrNoMessage) {
		t.Errorf("a message that is gone is handled: %v", err)
	}
}

func TestEveryChangeOfMessagesIsToldAndNothingElse(t *testing.T) {
	k := records.NewMessages(2)
	told := func(what string, want bool, does func()) {
		t.Helper()
		changed := k.Changed()
		does()
		select {
		case <-changed:
			if !want {
				t.Errorf("%s is told", what)
			}
		default:
			if want {
				t.Errorf("%s is not told", what)
			}
		}
	}
	take := func(by string) func() {
		return func() { _, _ = k.Handle("acme", "1", call.Handling{State: call.MessageTaken, By: by}) }
	}
	told("a message", true, func() { _ = k.Put(t.Context(), call.Message{Tenant: "acme", Call: "1"}) })
	told("that it is taken", true, take("anna"))
	told("that it is taken again", false, take("anna"))
	told("that another may not take it", false, take("boris"))
	told("a list", false, func() { k.List("acme") })
	told("that it is gone", true, func() { k.Delete("acme", "1") })
}
