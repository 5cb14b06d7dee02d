package engines

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// How a connection is seen to be dead whose other side has vanished: a host without
// power says nothing any more, and TCP alone waits for minutes.
const (
	pingAfter    = 10 * time.Second // of silence; gRPC does not take less
	pongWithin   = 3 * time.Second  // as long may sent data stay without an acknowledgement
	leastPingGap = 5 * time.Second  // that our own servers want between pings
)

// KeepAlive has a client ask a connection that is silent while a stream is open on it
// whether anybody is there, and give it up if not. It never asks an idle one: servers
// that do not allow that would close it.
func KeepAlive() grpc.DialOption {
	return grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pongWithin})
}

// AllowKeepAlive has a server take what KeepAlive asks: without it, gRPC closes
// connections that ask more often than every five minutes.
func AllowKeepAlive() grpc.ServerOption {
	return grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: leastPingGap, PermitWithoutStream: true})
}
