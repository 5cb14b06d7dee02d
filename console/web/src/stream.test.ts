import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "./stream";

/** A Source is the browser's, as far as listen knows it. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
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

test("a stream that was refused is asked for again, later each time, until it is closed", () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  let due: (() => void) | undefined;
  const waits: number[] = [];
  Object.assign(globalThis, {
    EventSource: Source, document: page, addEventListener() {}, removeEventListener() {},
    setTimeout: (f: () => void, ms: number) => (waits.push(ms), (due = f), 1), clearTimeout: () => (due = undefined),
  });
  const states: string[] = [];
  const close = listen({ url: () => `/events?after=${Source.all.length}`, on: {}, state: (s) => states.push(s) });
  for (let i = 0; i < 6; i++) {
    Source.all.at(-1)!.refused();
    due!();
  }
  assert.equal(Source.all.length, 7);
  assert.equal(Source.all.at(-1)!.url, "/events?after=6");
  assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 30_000, 30_000]);
  Source.all.at(-1)!.dispatchEvent(new Event("open"));
  Source.all.at(-1)!.refused();
  assert.equal(waits.at(-1), 2000);
  page.hidden = true;
  due!();
  assert.equal(Source.all.length, 7, "a page that nobody sees asks for nothing");
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Source.all.length, 8);
  Source.all.at(-1)!.refused();
  close();
  assert.equal(due, undefined);
  assert.deepEqual(states.slice(0, 2), ["lost", "lost"]);
});
