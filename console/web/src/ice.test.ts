import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { iceServers } from "./ice";

globalThis.crypto ??= webcrypto as Crypto; // of Node 18

test("a call has the servers that the line names, and is placed without where it names none", async () => {
  const servers = [{ urls: ["turn:turn.example.com?transport=tcp", "turns:[2001:db8::1]:443?transport=tcp"], username: "1:web", credential: "c" }];
  const asked: string[] = [];
  const answers = [Response.json({ servers }), Response.json({ detail: "sign in first" }, { status: 401 }), new Error("no network")];
  globalThis.fetch = async (path) => {
    asked.push(String(path));
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
  assert.deepEqual(await iceServers(), servers);
  assert.equal(await iceServers(), undefined);
  assert.equal(await iceServers(), undefined);
  assert.deepEqual(new Set(asked), new Set(["/api/v1/ice-servers"]));
});
