import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bound, calm, judge } from "./alert";
import { merge } from "./keyed";
import { stateOf, withWhom } from "./states";

test("an alert waits until a figure stays beyond its bound, and until it is well again", () => {
  const b: Bound = { raise: 120, clear: 90, above: true, after: 5000, settle: 3000 };
  let w = judge(calm, b, 130, 0);
  assert.equal(w.raised, false);
  w = judge(w, b, 80, 2000); // a peak
  w = judge(w, b, 125, 3000);
  w = judge(w, b, 125, 7999);
  assert.equal(w.raised, false);
  w = judge(w, b, 125, 8000);
  assert.equal(w.raised, true);
  w = judge(w, b, 110, 9000); // better, not well
  w = judge(w, b, undefined, 9500);
  assert.equal(w.raised, true);
  w = judge(w, b, 90, 10000); // well, for a moment
  w = judge(w, b, 100, 11000);
  w = judge(w, b, 0, 12000);
  w = judge(w, b, 0, 14999);
  assert.equal(w.raised, true);
  assert.equal(judge(w, b, 0, 15000).raised, false);
});

test("a share that is too low is beyond a lower bound", () => {
  const b: Bound = { raise: 0.7, clear: 0.8, above: false, after: 0, settle: 0 };
  const w = judge(calm, b, 0.6, 0);
  assert.equal(w.raised, true);
  assert.equal(judge(w, b, 0.75, 1).raised, true);
  assert.equal(judge(w, b, 0.81, 2).raised, false);
});

test("a list takes what changed in place and appends what is new", () => {
  const key = (t: { k: string }) => t.k;
  const was = [{ k: "a", v: 1 }, { k: "b", v: 1 }, { k: "c", v: 1 }];
  assert.deepEqual(merge(was, [{ k: "b", v: 2 }, { k: "d", v: 1 }], ["a"], key), [{ k: "b", v: 2 }, { k: "c", v: 1 }, { k: "d", v: 1 }]);
  assert.equal(merge(was, undefined, [], key), was);
});

test("a call that was taken over is with a supervisor, wherever it was before", () => {
  const calls = [{}, { queue: "billing" }, { queue: "billing", agent: "anna" }, { agent: "boss", taken_over: true }, { queue: "billing", agent: "boss", taken_over: true }];
  assert.deepEqual(withWhom(calls), { bot: 1, supervisors: 2 });
  assert.deepEqual([{ state: "bridged", taken_over: true }, { state: "bridged" }, { state: "ended", taken_over: true }].map(stateOf), ["taken_over", "bridged", "ended"]);
});
