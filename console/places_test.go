package console

import (
	"context"
	"fmt"
	"testing"

	"github.com/callward/callward/console/access"
)

// Two hundred agents have their desks open, with the board in each.
func TestEveryAgentHasAStreamAndNobodyHasThemAll(t *testing.T) {
	as := func(name string) context.Context {
		return context.WithValue(t.Context(), visitKey{}, visit{who: access.Principal{Name: name}})
	}
	s := New(Config{}).places
	for i := range 200 {
		if _, err := s.take(as(fmt.Sprint("user:agent", i))); err != nil {
			t.Fatalf("agent %d: %v", i, err)
		}
	}
	leaves := []func(){}
	for range usualStreams {
		if leave, err := s.take(as("user:greedy")); err == nil {
			leaves = append(leaves, leave)
		}
	}
	if len(leaves) != ownStreams {
		t.Errorf("one person has %d streams", len(leaves))
	}
	if _, err := s.take(as("user:late")); err != nil {
		t.Errorf("there is none left for others: %v", err)
	}
	leaves[0]()
	if _, err := s.take(as("user:greedy")); err != nil {
		t.Errorf("one that was closed still counts: %v", err)
	}
}

// open is how many streams there are.
func (s *places) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}
