package console

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/internal/webcall"
)

// iceServersPath is what a page asks for before it offers sound.
const iceServersPath = "/api/v1/ice-servers"

// Who is told of servers, as their credentials have it.
const (
	iceCallers = "web"
	iceStaff   = "staff"
)

// perMinute is how often one account, or the address of a caller, is given credentials: a
// page asks before each call, and again where its network changes.
const perMinute = 30

// An ICEServer is a STUN or TURN server, as browsers take it (RTCIceServer of W3C's WebRTC).
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty" doc:"of TURN; as a rule it ends, so ask before each call"`
}

// ICEServers are those of this line.
type ICEServers struct {
	Servers []ICEServer `json:"servers" doc:"none: browsers reach this server without"`
}

type iceServersReply struct{ Body ICEServers }

func (s *Server) iceServers() {
	huma.Register(s.api, huma.Operation{
		OperationID: "list-ice-servers", Method: http.MethodGet, Path: iceServersPath, Tags: []string{"web calls"},
		Summary:     "The STUN and TURN servers of calls from pages: callers', agents' and supervisors'",
		Description: "Callers need no sign-in, as long as anything can be called from a web page.",
		Errors:      []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, s.listICEServers)
}

// listICEServers gives credentials to those alone who may call: who has them can relay.
func (s *Server) listICEServers(ctx context.Context, _ *struct{}) (*iceServersReply, error) {
	v := visitOf(ctx)
	who, counted := iceStaff, v.who.Name
	if !v.who.Known() {
		if s.cfg.WebCalls == nil || !s.cfg.WebCalls.Open() {
			return nil, huma.Error401Unauthorized("sign in first: nobody else can call from a web page here")
		}
		who, counted = iceCallers, houseOf(v.address)
	}
	if !s.asks.Allow(counted, perMinute, time.Now()) {
		return nil, huma.ErrorWithHeaders(huma.Error429TooManyRequests("this was asked for too often: wait a minute"), http.Header{"Retry-After": {"60"}})
	}
	all := []ICEServer{}
	if s.cfg.ICEServers != nil {
		all = s.cfg.ICEServers(who)
	}
	return &iceServersReply{ICEServers{all}}, nil
}

// houseOf is what an address is counted as; all that cannot be read as one.
func houseOf(address string) string {
	a, _ := netip.ParseAddr(address) // of nobody, if it cannot be read
	house, _ := webcall.House(a)
	return house
}
