package app

import (
	"context"
	"errors"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// phones reaches agents where they have registered.
type phones struct{ server *sip.Server }

var errNoPhone = errors.New("the agent has no registered phone")

// Dial rings an agent's phone.
func (p phones) Dial(ctx context.Context, r call.DialRequest) (call.Leg, []byte, error) {
	contact, ok := p.server.Locate(r.Agent)
	if !ok {
		return nil, nil, errNoPhone
	}
	leg, err := p.server.Dial(ctx, sip.Invite{
		To:          contact,
		DisplayName: shown(r.Caller),
		SDP:         r.SDP,
		Headers:     map[string]string{"X-Callward-Call": string(r.Call), "X-Callward-Tenant": r.Tenant},
	}, nil)
	if err != nil {
		return nil, nil, err
	}
	return leg, leg.Remote(), nil
}

// Media takes the address by which the phone registered.
func (p phones) Media(agent string) media.Options {
	contact, _ := p.server.Locate(agent)
	at, advertised := p.server.Toward(contact)
	return media.Options{Local: at, Peer: at, Advertise: advertised}
}

// shown is a caller's number as an agent's display may have it: what a stranger
// wrote into a From header goes no further than its plain characters.
func shown(caller string) string {
	out := make([]byte, 0, len(caller))
	for i := 0; i < len(caller) && len(out) < 32; i++ {
		if c := caller[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.' {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return "unknown"
	}
	return string(out)
}
