import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, named, textOf } from "./webauthn";

test("what a key says is the same there and back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(textOf(bytes.buffer)), bytes);
  assert.equal(textOf(Uint8Array.of(0xfb, 0xff).buffer), "-_8"); // RFC 4648 section 5, without padding
});

test("passkeys are offered by a name, and never at an address", () => {
  assert.deepEqual(["localhost", "calls.example", "127.0.0.1", "[::1]"].map(named), [true, true, false, false]);
});
