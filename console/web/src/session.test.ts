import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { askSession, inUse, session, signIn, signOut, stillIn } from "./session";

globalThis.crypto ??= webcrypto as Crypto; // of Node 18

/** serve answers in turn, and gives where the page went and what was put off. */
function serve(...answers: (Response | Error)[]) {
  const went: string[] = [];
  const later: (() => void)[] = [];
  globalThis.fetch = async () => {
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
  Object.assign(globalThis, { location: { replace: (to: string) => went.push(to) }, setTimeout: (f: () => void) => later.push(f) });
  return { went, later };
}

const who = (name: string) => Response.json({ name, roles: ["agent"], tenants: ["*"] });
const done = () => new Response(null, { status: 204 });
const nobody = () => Response.json({ detail: "sign in first" }, { status: 401 });

test("a server that cannot be asked is asked again, and is not one that is open to all", async () => {
  const { later } = serve(new TypeError("no network"), Response.json({}, { status: 503 }), who("user:jean"));
  await askSession();
  assert.equal(session.value.kind, "asking");
  later.shift()!();
  await new Promise(setImmediate);
  later.shift()!();
  await new Promise(setImmediate);
  assert.equal(session.value.kind, "in");
});

test("a session that ended is noticed; its reader goes on after signing in, and for another the page begins anew", async () => {
  const { went } = serve(nobody(), done(), who("user:jean"), nobody(), done(), who("user:eve"));
  await stillIn();
  assert.equal(session.value.kind, "out");
  await signIn("jean", "several words that do", "");
  assert.equal(session.value.kind, "in");
  assert.deepEqual(went, []);
  await stillIn();
  await signIn("eve", "several words that do", "");
  assert.equal(session.value.kind, "out");
  assert.deepEqual(went, ["/"]);
});

test("what is on for hours uses the session, and learns of other roles, until it is off", async () => {
  session.value = { kind: "out" };
  serve(done(), who("user:jean"), Response.json({ name: "user:jean", roles: ["viewer"], tenants: ["*"] }), nobody());
  const beats = new Map<number, () => void>();
  Object.assign(globalThis, {
    setInterval: (f: () => void, ms: number) => (assert.ok(ms < 30 * 60_000), beats.set(beats.size, f), beats.size - 1),
    clearInterval: (id: number) => beats.delete(id),
  });
  await signIn("jean", "several words that do", "");
  const off = inUse();
  for (const kind of ["in", "out"]) {
    beats.forEach((f) => f());
    await new Promise(setImmediate);
    assert.equal(session.value.kind, kind);
    if (session.value.kind === "in") assert.deepEqual(session.value.session.roles, ["viewer"]);
  }
  off();
  assert.equal(beats.size, 0);
});

test("who signs out leaves nothing on the page, no phone either", async () => {
  const { went } = serve(done());
  await signOut();
  assert.deepEqual(went, ["/signin"]);
});
