package redact_test

import (
	"fmt"

	"github.com/callward/callward/redact"
)

func Example() {
	r := redact.New("en") // one for each call
	r.Expect(redact.Expect{Kind: redact.ExpectCard})

	fmt.Println(r.Partial("u1", redact.RawText("it's four one one one")))

	said := r.Final("u1", redact.RawText("it's four one one one one one one one one one one one one one one one"))
	fmt.Println(said.Text, said.Findings[0].Luhn)

	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
	reading := r.Final("u2", redact.RawText("the meter says four five six seven eight"))
	fmt.Println(reading.Text, reading.Numbers)
	// Output:
	// it's […]
	// it's [card ••••1111] true
	// the meter says four five six seven eight [45678]
}
