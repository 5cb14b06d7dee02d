import assert from "node:assert/strict";
import { test } from "node:test";
import { heldSince, longestHold, pause, paused, show, wentOn } from "./hold";

/** clockFrom is a browser's clock that goes on when what it gives is called. */
function clockFrom(start: number): (ms: number) => void {
  let now = start;
  const timers = new Map<number, { every: number; next: number; f: () => void }>();
  let id = 1;
  Object.assign(globalThis, {
    setInterval: (f: () => void, every: number) => (timers.set(id, { every, next: now + every, f }), id++),
    clearInterval: (n: number) => timers.delete(n),
  });
  Date.now = () => now;
  return (ms) => {
    for (const end = now + ms; now < end; ) {
      now = Math.min(end, ...[...timers.values()].map((t) => t.next));
      for (const t of [...timers.values()]) {
        if (t.next > now) continue;
        t.next += t.every;
        t.f();
      }
    }
  };
}

test("a page that is held goes on by itself after five minutes, says so for a while, and misses nothing", () => {
  const pass = clockFrom(1_000_000);
  let shown = 0;
  show(() => (shown = 1));
  assert.equal(shown, 1);
  pause(true);
  assert.equal(heldSince.value, 1_000_000);
  show(() => (shown = 2));
  pass(longestHold - 1);
  assert.deepEqual([shown, paused.value], [1, true]);
  pass(1);
  assert.deepEqual([shown, paused.value, wentOn.value], [2, false, true]);
  show(() => (shown = 3));
  assert.equal(shown, 3);
  pass(60_000);
  assert.equal(wentOn.value, false);
  pause(true); // a hold is as long as the first
  pass(longestHold - 1000);
  assert.equal(paused.value, true);
  pause(false); // and who lets go is not told
  assert.deepEqual([paused.value, wentOn.value], [false, false]);
  pass(longestHold);
  assert.deepEqual([paused.value, wentOn.value], [false, false]);
});
