package fake_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/internal/fake"
)

func TestAFaultIsReadWithItsSettings(t *testing.T) {
	got, err := fake.ParseFault(fake.ASR, "kill:after=1s,for=20ms,code=internal")
	want := fake.Fault{Name: "kill", After: time.Second, For: 20 * time.Millisecond, Code: codes.Internal}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "nonsense", "kill:when=1s", "kill:after=soon", "kill:after=-1s", "kill:code=odd"} {
		if f, err := fake.ParseFault(fake.ASR, bad); err == nil {
			t.Errorf("%q is %+v", bad, f)
		}
	}
}

func TestAFileOfFaultsIsRead(t *testing.T) {
	got, err := fake.ParseFaults(fake.ASR, []byte("faults:\n  - fault: stall\n    after: 2s\n  - fault: garbage\n"))
	if err != nil || len(got) != 2 || got[0].After != 2*time.Second || got[1].Name != "garbage" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"faults:\n  - fault: odd\n", "flaws: []\n", "faults:\n  - stall\n", "faults:\n  - fault: stall\n    at: 1s\n"} {
		if f, err := fake.ParseFaults(fake.ASR, []byte(bad)); err == nil {
			t.Errorf("%q is %+v", bad, f)
		}
	}
}
