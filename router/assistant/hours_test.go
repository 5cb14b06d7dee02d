package assistant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// withHours is the small line, whose first intent has the hours of calendar.
func withHours(calendar string) string {
	const say = "    say: {en: Nine to five.}\n"
	open := "    say: {en: \"Until {open_until}, then {opens_next}.\"}\n    hours: desk\n    closed: {say: {en: \"Closed until {opens_next}.\"}}\n"
	return strings.Replace(small, say, open, 1) + "hours:\n  desk:\n    " + strings.ReplaceAll(strings.TrimSpace(calendar), "\n", "\n    ") + "\n"
}

// inFrench turns the small line into a French one.
func inFrench(file string) string {
	return strings.NewReplacer("languages: [en]", "languages: [fr]", "{en:", "{fr:").Replace(file)
}

func parsed(tb interface{ Fatal(...any) }, file string) *assistant.Assistant {
	a, err := assistant.Parse("small.yaml", []byte(file))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func moment(tb testing.TB, text string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func asked(name string, at time.Time) assistant.Input {
	return assistant.Input{Kind: assistant.InputSaid, Intent: intent.Result{Name: name, Confidence: 0.9}, At: at}
}

// told gives what the first intent says at a moment.
func told(a *assistant.Assistant, at time.Time) string {
	d := a.Start(assistant.Start{})
	d.Next(assistant.Input{At: at})
	return d.Next(asked("hours", at)).Say[0].Text
}

const ofDesk = `
week:
  mon-thu: [08:30-12:00, 13:30-18:00]
  fri: 08:00-12:30
  sat: 22:00-06:00 next day
  sun: 13:00-24:00
holidays: FR
exceptions:
  2026-12-24: 08:00-10:00
  2026-12-26..2027-01-02: {say: {en: We are on leave.}}
  2026-07-14: {open: 10:00-11:00, say: {en: We work.}}
`

func TestHoursAreThoseOfTheWeekOfHolidaysAndOfExceptions(t *testing.T) {
	a := parsed(t, withHours(ofDesk))
	for at, want := range map[string]string{
		"2026-01-05T08:29:59+01:00": "Closed until today at eight thirty in the morning.",
		"2026-01-05T08:30:00+01:00": "Until noon, then today at one thirty in the afternoon.",
		"2026-01-05T12:00:00+01:00": "Closed until today at one thirty in the afternoon.",
		"2026-01-05T17:59:59+01:00": "Until six in the evening, then tomorrow at eight thirty in the morning.",
		"2026-01-09T13:00:00+01:00": "Closed until tomorrow at ten in the evening.",
		"2026-01-10T23:00:00+01:00": "Until tomorrow at six in the morning, then tomorrow at one in the afternoon.",
		"2026-01-11T05:59:00+01:00": "Until six in the morning, then today at one in the afternoon.",
		"2026-01-11T06:00:00+01:00": "Closed until today at one in the afternoon.",
		"2026-01-11T14:00:00+01:00": "Until midnight, then tomorrow at eight thirty in the morning.",
		"2026-01-05T07:29:59Z":      "Closed until today at eight thirty in the morning.",
		// Easter Monday, Ascension, and the day after it.
		"2026-04-06T10:00:00+02:00": "Closed until tomorrow at eight thirty in the morning.",
		"2026-05-14T10:00:00+02:00": "Closed until tomorrow at eight in the morning.",
		"2026-05-15T10:00:00+02:00": "Until twelve thirty in the afternoon, then tomorrow at ten in the evening.",
		// Exceptions count before holidays and weekdays.
		"2026-07-14T10:30:00+02:00": "Until eleven in the morning, then tomorrow at eight thirty in the morning.",
		"2026-07-14T11:00:00+02:00": "We work.",
		"2026-12-24T09:00:00+01:00": "Until ten in the morning, then on Sunday the third of January at one in the afternoon.",
		"2026-12-30T09:00:00+01:00": "We are on leave.",
		"2026-12-23T19:00:00+01:00": "Closed until tomorrow at eight in the morning.",
	} {
		if got := told(a, moment(t, at)); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func TestHoursAreRightOnTheDaysOnWhichClocksChange(t *testing.T) {
	for name, c := range map[string]struct {
		calendar string
		open     map[string]bool
	}{
		"spring, over the night": {"week: {sat: 22:00-06:00 next day}", map[string]bool{
			"2026-03-28T20:59:00Z": false, "2026-03-28T21:00:00Z": true, "2026-03-29T01:30:00Z": true, "2026-03-29T03:59:59Z": true, "2026-03-29T04:00:00Z": false,
		}},
		"spring, from an hour that there is not": {"week: {sun: 02:30-04:00}", map[string]bool{
			"2026-03-29T00:59:59Z": false, "2026-03-29T01:00:00Z": true, "2026-03-29T01:59:59Z": true, "2026-03-29T02:00:00Z": false,
		}},
		"spring, in the day": {"week: {sun: 08:00-18:00}", map[string]bool{
			"2026-03-29T05:59:59Z": false, "2026-03-29T06:00:00Z": true, "2026-03-29T15:59:59Z": true, "2026-03-29T16:00:00Z": false,
		}},
		"autumn, over the night": {"week: {sat: 22:00-06:00 next day}", map[string]bool{
			"2026-10-24T19:59:59Z": false, "2026-10-24T20:00:00Z": true, "2026-10-25T01:30:00Z": true, "2026-10-25T04:59:59Z": true, "2026-10-25T05:00:00Z": false,
		}},
		"autumn, in an hour that comes twice": {"week: {sun: 02:00-03:00}", map[string]bool{
			"2026-10-24T23:59:59Z": false, "2026-10-25T00:00:00Z": true, "2026-10-25T01:59:59Z": true, "2026-10-25T02:00:00Z": false,
		}},
		"elsewhere": {"zone: America/Toronto\nweek: {sun: 08:00-18:00}", map[string]bool{
			"2026-03-08T11:59:59Z": false, "2026-03-08T12:00:00Z": true, "2026-03-08T22:00:00Z": false,
		}},
	} {
		a := parsed(t, withHours(c.calendar))
		for at, want := range c.open {
			if got := told(a, moment(t, at)); strings.HasPrefix(got, "Until") != want {
				t.Errorf("%s at %s: %q", name, at, got)
			}
		}
	}
}

func TestTimesAreSaidInFrenchAsPeopleSayThem(t *testing.T) {
	file := inFrench(withHours("week: {mon-fri: [\"09:00-12:00\", \"14:00-18:30\"], sat: 21:00-01:01 next day}\nexceptions: {2026-08-03..2026-08-31: closed}"))
	a := parsed(t, file)
	for at, want := range map[string]string{
		"2026-01-05T08:00:00+01:00": "Closed until aujourd'hui à neuf heures du matin.",
		"2026-01-05T10:00:00+01:00": "Until midi, then aujourd'hui à quatorze heures.",
		"2026-01-05T15:00:00+01:00": "Until dix-huit heures trente, then demain à neuf heures du matin.",
		"2026-01-10T10:00:00+01:00": "Closed until aujourd'hui à vingt et une heures.",
		"2026-01-10T22:00:00+01:00": "Until demain à une heure une du matin, then lundi à neuf heures du matin.",
		"2026-08-04T10:00:00+02:00": "Closed until le mardi premier septembre à neuf heures du matin.",
	} {
		if got := told(a, moment(t, at)); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func TestHoursWithoutAnEndAreSaidToHaveNone(t *testing.T) {
	for file, want := range map[string]string{
		withHours("week: {mon-sun: all day}"):                                                       "Until further notice, then later.",
		inFrench(withHours("week: {mon-sun: all day}")):                                             "Until nouvel ordre, then plus tard.",
		withHours("week: {mon-sun: closed}\nexceptions: {2020-01-01: all day}"):                     "Closed until later.",
		withHours("week: {mon-sun: all day}\nexceptions: {2026-01-07: closed}"):                     "Until tomorrow at midnight, then on Thursday at midnight.",
		withHours("week: {mon: closed}\nexceptions: {2027-06-01: 08:00-09:00}"):                     "Closed until later.",
		withHours("week: {mon: closed}\nexceptions: {2026-06-01: 08:00-09:00}\nholidays: [FR, CH]"): "Closed until on Monday the first of June at eight in the morning.",
	} {
		if got := told(parsed(t, file), moment(t, "2026-01-05T10:00:00+01:00")); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEachSetOfHolidaysHasItsDays(t *testing.T) {
	for set, days := range map[string]map[string]bool{
		"FR":                {"2026-05-08": true, "2026-04-03": false, "2026-12-26": false, "2026-11-11": true, "2026-05-25": true},
		"FR-Alsace-Moselle": {"2026-04-03": true, "2026-12-26": true, "2026-05-08": true},
		"BE":                {"2026-07-21": true, "2026-05-08": false},
		"LU":                {"2026-06-23": true},
		"CH":                {"2026-08-01": true, "2026-01-06": false},
		"GB":                {"2027-12-27": true, "2027-12-28": true, "2022-01-03": true, "2026-05-04": true},
		"IE":                {"2026-03-17": true},
	} {
		a := parsed(t, withHours("week: {mon-sun: all day}\nholidays: "+set))
		for day, closed := range days {
			if got := told(a, moment(t, day+"T12:00:00Z")); strings.HasPrefix(got, "Closed") != closed {
				t.Errorf("%s on %s: %q", set, day, got)
			}
		}
	}
}

func TestBadHoursAreToldWithTheLineAndWhatIsAllowed(t *testing.T) {
	for name, c := range map[string]struct{ calendar, want string }{
		"unknown zone":      {"zone: Europe/Pariss\nweek: {mon: all day}", `small.yaml:50: time zone "Europe/Pariss" is not known (did you mean "Europe/Paris"?); write an IANA name, such as Europe/Paris`},
		"the machine's own": {"zone: Local\nweek: {mon: all day}", `small.yaml:50: time zone "Local" is not known`},
		"unknown holidays":  {"week: {mon: all day}\nholidays: FRR", `small.yaml:51: holidays of "FRR" are not known (did you mean "FR"?); allowed: BE, CH, `},
		"backwards":         {"week: {mon: 18:00-08:00}", `small.yaml:50: the hours of mon: "18:00-08:00" ends before it begins; over midnight, write "18:00-08:00 next day"`},
		"empty":             {"week: {mon: 08:00-08:00}", `small.yaml:50: the hours of mon: "08:00-08:00" ends before it begins`},
		"too long":          {"week: {mon: 08:00-09:00 next day}", `small.yaml:50: the hours of mon: "08:00-09:00 next day" is longer than a day`},
		"no hours":          {"week: {mon: morning}", `small.yaml:50: the hours of mon cannot be "morning"; allowed: closed, all day, or hours such as 08:00-12:30`},
		"no time":           {"week: {mon: 08:61-09:00}", `small.yaml:50: the hours of mon cannot be "08:61-09:00"`},
		"overlap":           {"week: {mon: ['08:00-12:00', '11:00-13:00']}", "small.yaml:50: the hours of mon overlap: 08:00-12:00 and 11:00-13:00"},
		"closed and open":   {"week: {mon: ['08:00-12:00', closed]}", "small.yaml:50: the hours of mon: closed cannot stand beside hours"},
		"unknown day":       {"week: {mo-fri: all day}", `small.yaml:50: day "mo" is not known (did you mean "mon"?); allowed: sun, mon`},
		"day twice":         {"week: {mon-fri: all day, wed: closed}", "small.yaml:50: the hours desk: wed stands twice in week"},
		"never":             {"week: {mon: closed}", "small.yaml:49: the hours desk are never: no day of the week has any"},
		"no week":           {"holidays: FR", `small.yaml:49: the hours desk lacks "week"`},
		"no date":           {"week: {mon: all day}\nexceptions: {christmas: closed}", `small.yaml:51: an exception cannot be for "christmas"; allowed: a day such as 2026-12-24`},
		"date backwards":    {"week: {mon: all day}\nexceptions: {2026-12-26..2026-12-24: closed}", "small.yaml:51: an exception cannot be for"},
		"date twice":        {"week: {mon: all day}\nexceptions: {2026-12-20..2026-12-26: closed, 2026-12-24: closed}", "small.yaml:51: the exception 2026-12-24 holds days of another one"},
		"language":          {"week: {mon: all day}\nexceptions: {2026-12-24: {say: {fr: Non.}}}", `small.yaml:51: the words for 2026-12-24: language "fr" is not among`},
		"unknown key":       {"week: {mon: all day}\nholiday: FR", `small.yaml:51: unknown key "holiday" in the hours desk (did you mean "holidays"?)`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := assistant.Parse("small.yaml", []byte(withHours(c.calendar))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestWhoNamesHoursIsToldWhatTheyAre(t *testing.T) {
	const hours = "hours: {desk: {week: {mon: all day}}}\n"
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown hours":     {"  queue: desk\n", "  queue: desk\n  hours: dek\n  closed: {say: {en: No.}}\n", `small.yaml:17: the hours of human cannot be "dek" (did you mean "desk"?); allowed: desk`},
		"hours alone":       {"  queue: desk\n", "  queue: desk\n  hours: desk\n", `small.yaml:17: human: "hours" and "closed" go together`},
		"closed alone":      {"  queue: desk\n", "  queue: desk\n  closed: {say: {en: No.}}\n", `small.yaml:17: human: "hours" and "closed" go together`},
		"nothing said":      {"  queue: desk\n", "  queue: desk\n  hours: desk\n  closed: {then: more}\n", `small.yaml:18: closed of human lacks "say"`},
		"queue and then":    {"  queue: desk\n", "  queue: desk\n  hours: desk\n  closed: {say: {en: No.}, then: more, queue: q}\n", "small.yaml:18: closed of human has both"},
		"what then":         {"  queue: desk\n", "  queue: desk\n  hours: desk\n  closed: {say: {en: No.}, then: mor}\n", `small.yaml:18: what comes then cannot be "mor" (did you mean "more"?); allowed: more, goodbye`},
		"times elsewhere":   {"{en: Sorry?}", `{en: "Until {open_until}."}`, "small.yaml:12: not_understood: there is no value {open_until} here"},
		"until when closed": {"  queue: desk\n", "  queue: desk\n  hours: desk\n  closed: {say: {en: \"{open_until}\"}}\n", "small.yaml:18: what human says when closed: there is no value {open_until} here; allowed: {opens_next}"},
		"repeat":            {"    say: {en: Nine to five.}\n", "    does: repeat\n    hours: desk\n    closed: {say: {en: No.}}\n", "small.yaml:34: the intent hours does repeat, so it can have no hours"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(small, c.from, c.to, 1) + hours
			if _, err := assistant.Parse("small.yaml", []byte(broken)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := assistant.Parse("small.yaml", []byte(strings.Replace(small, "  queue: desk\n", "  queue: desk\n  hours: desk\n  closed: {say: {en: No.}}\n", 1))); err == nil || !strings.Contains(err.Error(), `small.yaml:17: human names hours, but the file has no section "hours"`) {
		t.Error(err)
	}
}
