package sip

import (
	"strings"
	"testing"
)

// What a peer may write where it says whom to call, and which call to leave.
func FuzzReferTo(f *testing.F) {
	for _, s := range []string{
		"<sip:bob@example.com>", `"Bob" <sip:bob@example.com;method=INVITE>;x=y`, "sip:bob@example.com;x=y", "<tel:+33-1>",
		"<sip:bob@example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&X=y>", "<sip:bob@example.com?Replaces=%zz>", "<sip:@>", "<<>", "?",
		"a;to-tag=1;from-tag=2;early-only", ";to-tag=1;from-tag=2", "a;to-tag=1;to-tag=2;from-tag=3",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := parseReferTo(s); err == nil {
			if checkText(userOf(r.target), r.target.Host) != nil {
				t.Errorf("a control character came through in %q", userOf(r.target))
			}
			again(t, r.replaces)
		}
		if r, err := parseReplaces(s); err == nil {
			again(t, &r)
		}
	})
}

// again writes a dialog for its other side and reads it back.
func again(t *testing.T, r *replaced) {
	t.Helper()
	if r == nil {
		return
	}
	text := r.dialog.replaces()
	back, err := parseReplaces(text)
	swapped := dialogID{r.dialog.callID, r.dialog.theirs, r.dialog.ours}
	if err != nil || back.dialog != swapped || strings.ContainsAny(text, "\r\n") {
		t.Errorf("%q is read as %+v, %v", text, back, err)
	}
}
