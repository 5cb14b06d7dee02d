package entity_test

import (
	"fmt"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/entity"
)

func ExampleHear() {
	now := time.Date(2026, time.February, 27, 10, 0, 0, 0, time.UTC)
	h := entity.Hear("fr", redact.Authored("mardi prochain à dix heures, pour quarante-deux euros cinquante"))
	for _, d := range h.Dates(entity.Calendar{Now: now}) {
		fmt.Println(d, "-", d.Spoken("fr", now))
	}
	fmt.Println(h.Times(false))
	fmt.Println(h.Amounts("EUR", false))
	// Output:
	// 2026-03-03 - mardi trois mars
	// [[10:00 22:00]]
	// [42.50 EUR]
}
