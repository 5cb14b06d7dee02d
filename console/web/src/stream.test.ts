import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "./stream";

/** A Source is the browser's, as far as listen knows it. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  static get last() {
    return Source.all.at(-1)!;
  }
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  /** refused is an answer that is no stream. */
  refused() {
    this.readyState = Source.CLOSED;
    this.dispatchEvent(new Event("error"));
  }
}

/** browser is one in which time passes when pass says so. */
function browser() {
  let now = 0;
  let next = 1;
  const timers = new Map<number, { at: number; f: () => void }>();
  const page = Object.assign(new EventTarget(), { hidden: false });
  Source.all = [];
  Object.assign(globalThis, {
    EventSource: Source, document: page, addEventListener() {}, removeEventListener() {},
    setTimeout: (f: () => void, ms: number) => (timers.set(next, { at: now + ms, f }), next++),
    clearTimeout: (id: number) => timers.delete(id),
  });
  const pass = (ms: number) => {
    for (const end = now + ms; ; ) {
      const [id, due] = [...timers].filter(([, t]) => t.at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (!due) return void (now = end);
      timers.delete(id!);
      now = due.at;
      due.f();
    }
  };
  return { page, pass };
}

test("a stream that was refused is asked for again, later each time, until it is closed", () => {
  const { page, pass } = browser();
  const states: string[] = [];
  const close = listen({ url: () => `/events?after=${Source.all.length}`, on: {}, state: (s) => states.push(s) });
  for (const wait of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    Source.last.refused();
    const n = Source.all.length;
    pass(wait - 1);
    assert.equal(Source.all.length, n, "before its time");
    pass(1);
    assert.equal(Source.all.length, n + 1);
  }
  assert.equal(Source.last.url, "/events?after=6");
  assert.deepEqual(states, Array(6).fill("lost"));
  Source.last.dispatchEvent(new Event("open"));
  Source.last.refused();
  page.hidden = true;
  pass(2000);
  assert.equal(Source.all.length, 7, "a page that nobody sees asks for nothing");
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Source.all.length, 8);
  Source.last.refused();
  close();
  pass(100_000);
  assert.equal(Source.all.length, 8);
});

test("a stream of which nothing is heard for 45 s is given up for another, and says so", () => {
  const { pass } = browser();
  const states: string[] = [];
  const close = listen({ url: () => "/events", on: { change() {} }, state: (s) => states.push(s) });
  Source.last.dispatchEvent(new Event("open"));
  for (const name of ["alive", "change", "alive"]) {
    pass(44_000);
    Source.last.dispatchEvent(new Event(name));
  }
  assert.equal(Source.all.length, 1);
  pass(45_000);
  assert.equal(Source.all.length, 2);
  assert.equal(Source.all[0]!.readyState, Source.CLOSED);
  assert.deepEqual(states, ["live", "waiting"]);
  close();
});
