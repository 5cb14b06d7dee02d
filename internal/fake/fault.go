package fake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A Service is one of the contracts.
type Service string

// The contracts that there are engines of.
const (
	ASR Service = "asr"
	TTS Service = "tts"

	// Dialog is that of services which understand callers.
	Dialog Service = "dialog"

	// Payment is that of tokenisers.
	Payment Service = "payment"

	// Webhook is no contract of gRPC: a system that is asked, or told of events, over HTTPS.
	Webhook Service = "webhook"
)

// A Fault is something that an engine does wrong.
type Fault struct {
	Name string
	// After is the audio of a stream, heard or made, after which it begins.
	After time.Duration
	// For is how long it lasts. Zero means the fault's own time.
	For time.Duration
	// Code ends the stream, where the fault ends one. OK means UNAVAILABLE.
	Code codes.Code
}

// A Kind is an entry of the table of faults.
type Kind struct {
	Name    string
	Service Service
	Means   string
	Breaks  string // the check of package conformance that finds it out; empty: none

	// stream is called once for a server, and what it gives once for a stream.
	stream func(Fault) func(*wire) hooks
	caps   func(*speechv1.Capabilities) // changes what the engine claims
	server func(*plant, Fault)          // changes how it is served
}

// Kinds gives the faults of a service.
func Kinds(s Service) []Kind {
	switch s {
	case Dialog:
		return dialogFaults()
	case Payment:
		return paymentFaults()
	case Webhook:
		return hookFaults()
	case ASR, TTS:
	}
	return slices.Concat(commonFaults(s), map[Service][]Kind{ASR: asrFaults(), TTS: ttsFaults()}[s])
}

// ParseFault reads NAME or NAME:after=2s,for=3s,code=UNAVAILABLE.
func ParseFault(s Service, text string) (Fault, error) {
	name, rest, _ := strings.Cut(text, ":")
	f := Fault{Name: name}
	if _, err := kindOf(s, name); err != nil {
		return f, err
	}
	for setting := range strings.SplitSeq(rest, ",") {
		if setting == "" {
			continue
		}
		key, value, _ := strings.Cut(setting, "=")
		if err := f.set(strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return f, fmt.Errorf("fault %s: %w", name, err)
		}
	}
	return f, nil
}

func kindOf(s Service, name string) (Kind, error) {
	for _, k := range Kinds(s) {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("there is no fault %q; `callward fake %s --list` names them", name, s)
}

func (f *Fault) set(key, value string) error {
	var err error
	switch key {
	case "after":
		f.After, err = time.ParseDuration(value)
	case "for":
		f.For, err = time.ParseDuration(value)
	case "code":
		err = f.Code.UnmarshalJSON([]byte(`"` + strings.ToUpper(value) + `"`))
	default:
		return fmt.Errorf("unknown setting %q; allowed: after, for, code", key)
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", key, value, err)
	}
	if f.After < 0 || f.For < 0 {
		return fmt.Errorf("%s %q: must not be negative", key, value)
	}
	return nil
}

func (f Fault) code() codes.Code {
	if f.Code == codes.OK {
		return codes.Unavailable
	}
	return f.Code
}

func (f Fault) lasts(def time.Duration) time.Duration {
	if f.For == 0 {
		return def
	}
	return f.For
}

// A plant is how an engine is served.
type plant struct {
	options      []grpc.ServerOption
	unhealthy    bool
	noWatch      bool
	noReflection bool
	endless      bool               // no deadline is honoured
	cut          func(Fault, *conn) // done to each connection
	calm         bool               // what is done to connections waits for strikes
	strikes      []func()
	asleep       func() bool   // faults of single requests do nothing
	grace        time.Duration // between GOAWAY and the end, when told to end; 0: no GOAWAY
}
