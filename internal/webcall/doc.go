// Package webcall takes calls that come from web pages: one offer of a browser in, one
// answer out (the shape of WHIP, RFC 9725), and then a leg like that of a phone.
// Anybody may call so, therefore each address may begin few of them, all together are
// bounded, and a call is known by a name that cannot be guessed.
//
// Calls owns one goroutine for each call, which Serve ends; Wait waits for them.
package webcall
