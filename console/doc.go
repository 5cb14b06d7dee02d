// Package console is Callward's HTTP API: health, metrics, calls, queues,
// agents, the event stream and reload. It is described by the OpenAPI document
// that it serves at /api/v1/openapi.json, and shows nothing but what redaction
// has made safe.
//
// Every operation declares an action of package access, and is served to those
// whose roles reach it, as far as they reach; package signin says who asks. What
// is refused, what changes anything, and who reads what was said in a call, is noted in
// the audit. A Server listens on loopback, over TLS, or for a proxy that ends TLS before
// it, and refuses requests whose Host is none of its own: a page of a foreign site that
// had its name point here could otherwise ask for a browser's sake. Errors are problems
// as of RFC 9457.
//
// Who calls from a web page has no sign-in, and needs none: such calls are few, lead to
// the numbers of web_calls alone, and are known by a name that nobody guesses.
//
// Run owns the server's goroutine; net/http owns one for each connection. A
// reader of the event stream who does not keep up is cut, never waited for.
package console
