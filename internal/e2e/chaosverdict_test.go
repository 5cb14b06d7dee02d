package e2e

import "testing"

// told feeds the judge events of callers: kind, call, score, and so on.
func told(events ...[3]string) *verdict {
	v := newVerdict()
	for _, e := range events {
		v.event(map[string]any{"kind": e[0], "call": e[1], "score": e[2], "agent": e[1]})
	}
	return v
}

func TestTheJudgeOfStormsSeesWhoIsOvertaken(t *testing.T) {
	if v := told([3]string{"entered", "a", "1"}, [3]string{"entered", "b", "2"}, [3]string{"offered", "b"}); v.overtook != 1 {
		t.Errorf("%d overtook, want 1", v.overtook)
	}
	// Back behind somebody who came later.
	if v := told([3]string{"entered", "a", "1"}, [3]string{"entered", "b", "2"}, [3]string{"left", "a"}, [3]string{"entered", "a", "3"}, [3]string{"offered", "b"}); v.overtook != 1 || v.again != 1 {
		t.Errorf("%d overtook, %d again, want 1 each", v.overtook, v.again)
	}
}

func TestTheJudgeOfStormsTakesPlacesForWhatTheyAre(t *testing.T) {
	// The entry of a was lost with a primary, so it is told of after that of b.
	if v := told([3]string{"entered", "b", "2"}, [3]string{"entered", "a", "1"}, [3]string{"offered", "a"}, [3]string{"offered", "b"}); v.overtook != 0 {
		t.Errorf("%d overtook, want none", v.overtook)
	}
	if v := told([3]string{"entered", "a", "1"}, [3]string{"entered", "b", "2"}, [3]string{"lost", "a"}, [3]string{"offered", "b"}, [3]string{"entered", "a", "1"}); v.overtook != 0 {
		t.Errorf("%d overtook, want none: a was not there", v.overtook)
	}
}
