package engines

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// Unreached gives why an RPC did not get to an engine, in the words of gRPC or of the
// system: a name that is not known, a certificate that is not trusted, a refusal. It is
// empty if the RPC did get there: then the words may be the engine's own, which may
// repeat what a caller said. at is what grpc.Peer noted of the RPC.
func Unreached(err error, at *peer.Peer) string {
	if err == nil || at.Addr != nil || status.Code(err) == codes.Canceled {
		return ""
	}
	why := status.Convert(err).Message()
	if quoted, ok := strings.CutPrefix(why, `connection error: desc = "transport: `); ok {
		why = strings.TrimSuffix(quoted, `"`)
	}
	return why
}

// CodeName names a code of gRPC. An engine may send any number; those that gRPC does not
// know are one, so that none of them can fill a log or the labels of a metric.
func CodeName(c codes.Code) string {
	if c > codes.Unauthenticated {
		c = codes.Unknown
	}
	return c.String()
}
