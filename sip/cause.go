package sip

import (
	"fmt"
	"strconv"
	"strings"
)

// A Cause says why a leg was refused or ended.
type Cause uint8

// Causes.
const (
	Unknown       Cause = iota // not ended, or nobody said why
	Normal                     // hung up after talk
	Canceled                   // the caller gave up before the answer
	Busy                       // the called party is busy
	Declined                   // the called party said no
	NoAnswer                   // nobody answered in time
	NotFound                   // no such number
	Forbidden                  // not allowed to call
	NotAcceptable              // no common media (488)
	Unavailable                // nobody there just now (480)
	Overload                   // too many calls, or draining (503)
	Failed                     // an error of ours (500)
	Elsewhere                  // somebody else took the call
	Lost                       // the peer stopped answering
	Shutdown                   // the server stops
)

// causes holds the status for a refusal, the Q.850 value of RFC 3326 and a name.
//
//nolint:gochecknoglobals // a read-only table
var causes = [...]struct {
	status, q850 int
	name         string
}{
	Unknown:       {480, 31, "unknown"},
	Normal:        {480, 16, "normal clearing"},
	Canceled:      {487, 16, "canceled"},
	Busy:          {486, 17, "busy"},
	Declined:      {603, 21, "declined"},
	NoAnswer:      {408, 19, "no answer"},
	NotFound:      {404, 1, "not found"},
	Forbidden:     {403, 21, "forbidden"},
	NotAcceptable: {488, 88, "no common media"},
	Unavailable:   {480, 18, "unavailable"},
	Overload:      {503, 42, "overload"},
	Failed:        {500, 41, "failed"},
	Elsewhere:     {480, 26, "answered elsewhere"},
	Lost:          {408, 102, "peer lost"},
	Shutdown:      {503, 41, "shutdown"},
}

func (c Cause) valid() Cause {
	if int(c) < len(causes) {
		return c
	}
	return Unknown
}

// String names the cause in lower case.
func (c Cause) String() string { return causes[c.valid()].name }

// Status is the SIP code that refuses a call for this cause.
func (c Cause) Status() int { return causes[c.valid()].status }

// Reason is the value of a Reason header (RFC 3326).
func (c Cause) Reason() string {
	if c == Elsewhere { // RFC 3326 section 2 names this one
		return `SIP;cause=200;text="Call completed elsewhere"`
	}
	k := causes[c.valid()]
	return fmt.Sprintf(`Q.850;cause=%d;text="%s"`, k.q850, k.name)
}

// Err lets a cause be the cause of a context, so that a call that is given up
// says why: context.WithCancelCause, then cancel(sip.Elsewhere.Err()).
func (c Cause) Err() error { return causeError{c} }

type causeError struct{ cause Cause }

func (e causeError) Error() string { return e.cause.String() }

// CauseOf reads a refusal's status.
func CauseOf(status int) Cause {
	switch status {
	case 486, 600:
		return Busy
	case 603:
		return Declined
	case 404, 484, 604, 410:
		return NotFound
	case 401, 403, 407:
		return Forbidden
	case 488, 606, 415:
		return NotAcceptable
	case 408:
		return NoAnswer
	case 487:
		return Canceled
	case 480:
		return Unavailable
	case 500, 501, 502, 504:
		return Failed
	case 503:
		return Overload
	}
	return Unknown
}

// causeOfReason reads a Reason header; it gives other if there is nothing in it.
func causeOfReason(value string, other Cause) Cause {
	protocol, params, _ := strings.Cut(value, ";")
	number := 0
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(k, "cause") {
			number, _ = strconv.Atoi(strings.TrimSpace(v))
		}
	}
	switch strings.ToUpper(strings.TrimSpace(protocol)) {
	case "SIP":
		if number == 200 {
			return Elsewhere
		}
		if c := CauseOf(number); c != Unknown {
			return c
		}
	case "Q.850":
		return causeOfQ850(number, other)
	}
	return other
}

func causeOfQ850(number int, other Cause) Cause {
	if number == causes[Normal].q850 { // 16 also stands for canceled: who reads it knows which
		return other
	}
	for c, k := range causes {
		if k.q850 == number && Cause(c) != Unknown {
			return Cause(c)
		}
	}
	return other
}
