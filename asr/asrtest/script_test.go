package asrtest_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/callward/callward/asr/asrtest"
)

func TestAScriptIsReadLineByLine(t *testing.T) {
	got, err := asrtest.ReadScript(strings.NewReader("# hello\n\n yes \nmy | my card | my card is\n"))
	want := []asrtest.Turn{
		{Partials: []string{}, Text: "yes"},
		{Partials: []string{"my", "my card"}, Text: "my card is"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// No turn holds what parts turns, or space around its texts.
func FuzzReadScript(f *testing.F) {
	f.Add([]byte("a | b\n# c\n\r\n|"))
	f.Fuzz(func(t *testing.T, data []byte) {
		turns, err := asrtest.ReadScript(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, turn := range turns {
			for _, text := range append(turn.Partials, turn.Text) {
				if strings.ContainsAny(text, "|\n") || strings.TrimSpace(text) != text {
					t.Fatalf("%q", text)
				}
			}
		}
	})
}
