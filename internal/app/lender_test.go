package app

import (
	"errors"
	"testing"
)

// closing is a service that counts how often it was closed.
type closing struct{ closed int }

func (c *closing) Close() error {
	c.closed++
	return nil
}

func TestASettingThatCannotBeDialledChangesNoService(t *testing.T) {
	var k lender[string, *closing]
	var made []*closing
	dial := func(_, target string) (*closing, error) {
		if target == "nowhere" {
			return nil, errors.New("no such target")
		}
		made = append(made, new(closing))
		return made[len(made)-1], nil
	}
	if err := k.replace(map[string]string{"acme": "a"}, dial); err != nil {
		t.Fatal(err)
	}
	if err := k.replace(map[string]string{"acme": "b", "other": "nowhere"}, dial); err == nil {
		t.Fatal("a service that cannot be dialled is taken")
	}
	if made[0].closed != 0 || made[1].closed != 1 {
		t.Errorf("closed %d times what calls may use, %d times what was dialled in vain", made[0].closed, made[1].closed)
	}
	if s, leave := k.take("acme"); s != made[0] {
		t.Error("calls get another service than before")
	} else {
		leave()
	}
}

func TestAServiceThatWasReplacedIsClosedByTheLastOfItsCalls(t *testing.T) {
	var k lender[string, *closing]
	dial := func(string, string) (*closing, error) { return new(closing), nil }
	if err := k.replace(map[string]string{"acme": "a"}, dial); err != nil {
		t.Fatal(err)
	}
	s, first := k.take("acme")
	_, second := k.take("acme")
	if err := k.replace(nil, dial); err != nil {
		t.Fatal(err)
	}
	first()
	if s.closed != 0 {
		t.Error("closed under a call")
	}
	second()
	if s.closed != 1 {
		t.Errorf("closed %d times after the last call", s.closed)
	}
	if none, leave := k.take("acme"); none != nil {
		t.Error("a service that was taken away is given to calls")
	} else {
		leave()
	}
}
