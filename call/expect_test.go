package call

import (
	"testing"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/router/assistant"
)

func TestRecognizersAreToldTheKindOfAnswerAndHowManyDigitsItHas(t *testing.T) {
	for _, c := range []struct {
		asked  Attend
		want   asr.Expect
		length int
	}{
		{Attend{Expect: assistant.ExpectDigits, Length: 5}, asr.Digits, 5},
		{Attend{Expect: assistant.ExpectPostcode, Length: 5}, asr.Digits, 5},
		{Attend{Expect: assistant.ExpectPhone, Length: 10}, asr.Digits, 10},
		{Attend{Expect: assistant.ExpectPhone}, asr.Free, 0},
		{Attend{Expect: assistant.ExpectDate, Length: 4}, asr.Date, 0},
		{Attend{Expect: assistant.ExpectTime, Length: 4}, asr.Free, 0},
		{Attend{Expect: assistant.ExpectAmount}, asr.Free, 0},
		{Attend{Expect: assistant.ExpectMenu}, asr.Menu, 0},
		{Attend{Expect: assistant.ExpectYesNo}, asr.YesNo, 0},
		{Attend{Expect: assistant.ExpectCode, Length: 6}, asr.Spelling, 0},
	} {
		if got, length := expected(c.asked); got != c.want || length != c.length {
			t.Errorf("%+v: %d of %d digits", c.asked, got, length)
		}
	}
}
