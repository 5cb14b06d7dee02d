package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// iceServersPath is what a page asks for before it offers sound.
const iceServersPath = "/api/v1/ice-servers"

// Who is told of servers, as their credentials have it.
const (
	iceCallers = "web"
	iceStaff   = "staff"
)

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
		Errors:      []int{http.StatusUnauthorized},
	}, s.listICEServers)
}

// listICEServers gives credentials to those alone who may call: who has them can relay.
func (s *Server) listICEServers(ctx context.Context, _ *struct{}) (*iceServersReply, error) {
	who := iceStaff
	if !visitOf(ctx).who.Known() {
		if s.cfg.WebCalls == nil || !s.cfg.WebCalls.Open() {
			return nil, huma.Error401Unauthorized("sign in first: nobody else can call from a web page here")
		}
		who = iceCallers
	}
	all := []ICEServer{}
	if s.cfg.ICEServers != nil {
		all = s.cfg.ICEServers(who)
	}
	return &iceServersReply{ICEServers{all}}, nil
}
