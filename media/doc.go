// Package media owns the sound of calls: RTP sessions (RFC 3550, 3551) with
// their ports, offers and answers (RFC 3264), keypad events (RFC 4733), the
// clocks that pace them, what is played and what is heard.
//
// A packet in: input.go reads it, latch.go admits its sender, media/jitter puts
// it in order, codec.go decodes it to a Frame, the sinks and media/vad hear it.
// A packet out: player.go asks the sources in turn, or mix.go the other
// sessions; output.go encodes, heads and sends it. Both ways have the rate of the codec;
// what has another one is converted where it comes in.
//
// recorder.go hears both sides in stereo, for who asks; nobody does by default. It holds
// sound back, so that what must not be kept is muted (mutes.go) before anybody has it.
// screen.go keeps the sound of keys from all who hear a session, while that is asked for.
//
// Engine.Run owns the goroutines: one pacer for each shard of the sessions. They
// alone touch the sockets, but for handshakes (dtls.go), which send from a goroutine of
// their own. On them nothing waits, locks, logs or allocates;
// sinks and sources are called there and must do as little. Everything else
// talks to them through atomics, so no method of Session waits for a pacer,
// save Close, for the rest of the frame it interrupts. Stream.Write blocks when
// its buffer is full; nothing else here blocks.
//
// Silence is sent when there is nothing to play, so that the peer's watchdog and
// the address translators on the way see that we live; nothing is sent while
// the peer holds us.
package media
