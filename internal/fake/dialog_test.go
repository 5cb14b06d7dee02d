package fake_test

import (
	"maps"
	"testing"

	"github.com/callward/callward/internal/fake"
)

func TestAScriptOfWordsIsRead(t *testing.T) {
	got, err := fake.ParseWords([]byte("# words\n\nBill billing\n gaz emergency\n"))
	if want := map[string]string{"bill": "billing", "gaz": "emergency"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := fake.ParseWords([]byte("a b\nc\n")); err == nil || err.Error() != "line 2: want a word and an intent" {
		t.Errorf("%v", err)
	}
}
