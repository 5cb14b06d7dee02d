// Package signin knows who may use the console: local accounts, sessions, API
// tokens and the one-time links by which an account comes by its first
// passphrase. All of it lives in the Redis of the queues, so that what one node
// revokes no node honours: nothing is cached. Sessions, tokens, links and
// recovery codes are kept as hashes alone, passphrases as argon2id. People may also be
// vouched for by a provider of OpenID Connect or of SAML 2.0: of what one says, only what
// it has signed, for us, for now and for this sign-in, is believed.
//
// A Service starts no goroutine. Its methods wait for Redis, and those that take a
// passphrase for a core to hash it, two at a time.
package signin
