// Package console is Callward's HTTP API: health, metrics, calls, queues,
// agents, the event stream and reload. It is described by the OpenAPI document
// that it serves at /api/v1/openapi.json, and shows nothing but what redaction
// has made safe.
//
// There is no sign-in yet, so a Server listens on loopback only, and refuses
// requests whose Host is not loopback: a page of a foreign site that had its
// name point here would otherwise read the calls. Errors are problems as of
// RFC 9457.
//
// Run owns the server's goroutine; net/http owns one for each connection. A
// reader of the event stream who does not keep up is cut, never waited for.
package console
