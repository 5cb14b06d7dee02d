// Package webhook asks the operator's other systems, such as a CRM, what an assistant
// wants to know of them: one HTTPS request, and an answer in JSON of which each result is
// checked by its type.
//
// A [Host] is such a system. It is asked only if the operator allows it, which is for the
// caller of this package to see to, and only at addresses of the public internet, unless
// the operator says that it is private: that is looked at when a connection is made, so
// that no name that resolves to something else the next time gets by. No redirect is
// followed and no proxy is used. Requests are signed as Standard Webhooks has it
// (https://www.standardwebhooks.com).
//
// What comes back is a stranger's: bounded in size and time, and in no error. Ask blocks
// for the webhook's timeout at most. The package starts no goroutine but those of
// net/http, of connections that are kept for the next question; Close ends them.
package webhook
