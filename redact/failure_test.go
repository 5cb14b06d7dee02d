package redact

import "testing"

// TestAFailureDropsTheText: whatever breaks inside, nothing gets out.
func TestAFailureDropsTheText(t *testing.T) {
	r := New("en")
	bad := Raw{words: func() []Word { panic("broken") }}
	if got := r.Final("1", bad); !got.Text.Empty() || len(got.Numbers)+len(got.Findings) > 0 {
		t.Errorf("the final gave %+v", got)
	}
	if got := r.Partial("2", bad); !got.Empty() {
		t.Errorf("the partial gave %q", got)
	}
	if r.Dropped() != 2 {
		t.Errorf("%d drops counted, want 2", r.Dropped())
	}
	if got := r.Final("3", RawText("hello there")).Text.String(); got != "hello there" {
		t.Errorf("the call did not go on: %q", got)
	}
}

func TestNothingSaidIsKeptInScratch(t *testing.T) {
	r := New("en")
	r.Final("1", RawText("my card is 4539 1488 0343 6467"))
	for _, x := range r.scratch.lex[:cap(r.scratch.lex)] {
		if x != (lexeme{}) {
			t.Fatalf("left over: %+v", x)
		}
	}
	if r.scratch.text != "" {
		t.Error("the text is kept")
	}
}

func TestLuhn(t *testing.T) {
	for digits, want := range map[string]bool{
		"4111111111111111": true, "4111111111111112": false, "371449635398431": true, "": false, "0": true,
	} {
		if luhn([]byte(digits)) != want {
			t.Errorf("luhn(%s) is not %v", digits, want)
		}
	}
}
