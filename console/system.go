package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A System is this server and what it is connected to.
type System struct {
	Version      string        `json:"version"`
	At           time.Time     `json:"at" doc:"the server's clock as it replies"`
	Started      time.Time     `json:"started"`
	Draining     bool          `json:"draining" doc:"new calls are refused; the server ends after the last"`
	DrainsUntil  time.Time     `json:"drains_until,omitzero" doc:"then calls that are left are told goodbye"`
	Overloaded   bool          `json:"overloaded" doc:"new calls are refused until the machine has room again"`
	Undelivered  int64         `json:"undelivered" doc:"messages about events that their receivers did not take; see /api/v1/undelivered"`
	CPU          float64       `json:"cpu_percent" doc:"of all cores, in the last second"`
	Calls        int           `json:"calls" doc:"in progress"`
	MaxCalls     int           `json:"max_calls" doc:"that it takes at once"`
	Ports        int           `json:"ports_free" doc:"RTP port pairs that can be taken"`
	Nodes        []Node        `json:"nodes" doc:"servers that share the queues, once for each tenant"`
	Listeners    []Listener    `json:"listeners"`
	Trunks       []Trunk       `json:"trunks"`
	Providers    []Provider    `json:"providers" doc:"speech engines"`
	Certificates []Certificate `json:"certificates"`
}

// A Node is a server that has joined the queues of a tenant.
type Node struct {
	Tenant string `json:"tenant"`
	Name   string `json:"name" doc:"another after each start"`
	Own    bool   `json:"own" doc:"it is the server that replies"`
	Alive  bool   `json:"alive" doc:"false: it is silent, and about to be taken for dead"`
	Calls  int    `json:"calls" doc:"it holds in queues and with agents"`
}

// A Listener is where the server can be reached.
type Listener struct {
	Network string `json:"network" doc:"udp, tcp, tls, ws, wss, http or https"`
	Address string `json:"address"`
}

// A Trunk is a way in from the telephone network, and out to it.
type Trunk struct {
	Name       string `json:"name"`
	To         string `json:"to,omitempty" doc:"where calls are placed; left out: none are"`
	Register   bool   `json:"register" doc:"we are to be registered there"`
	Registered bool   `json:"registered" doc:"and are"`
	Calls      int    `json:"calls" doc:"in progress that came from it"`
	MaxCalls   int    `json:"max_calls,omitempty" doc:"that may at once; left out: no limit of its own"`
}

// A Provider is a speech engine.
type Provider struct {
	Name     string           `json:"name"`
	Kind     string           `json:"kind" enum:"asr,tts"`
	Up       bool             `json:"up" doc:"it has not said that it does not serve"`
	Breaker  string           `json:"breaker" doc:"closed: it is asked; open: it is left alone; half-open: one call finds out"`
	Open     int              `json:"open" doc:"streams or texts at this moment"`
	Usual    time.Duration    `json:"usual_ns" doc:"p99: of asr between two signs of progress, of tts to the first audio"`
	Failures map[string]int64 `json:"failures" doc:"since the start, by cause"`
}

// A Certificate is what TLS listeners show.
type Certificate struct {
	Expires  time.Time `json:"expires"`
	Rejected uint64    `json:"rejected" doc:"changed files that were of no use since the start"`
}

type systemReply struct{ Body System }

func (s *Server) system() {
	huma.Register(s.api, huma.Operation{
		OperationID: "get-system", Method: http.MethodGet, Path: "/api/v1/system", Tags: []string{"operations"},
		Summary: "Nodes, listeners, trunks, speech engines and certificates, and what is wrong with this server",
	}, func(ctx context.Context, _ *struct{}) (*systemReply, error) {
		out := System{Version: s.cfg.Version}
		if s.cfg.System != nil {
			out = s.cfg.System(ctx)
		}
		out.At = time.Now()
		return &systemReply{out}, nil
	})
}
