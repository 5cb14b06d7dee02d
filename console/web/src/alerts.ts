// What is worth a look on the board. It is kept here and not by a page, so that an alert is
// still there when its reader comes back.
import { computed, effect, signal } from "@preact/signals";
import { type Bound, calm, judge, type Watch } from "./alert";
import { elapsed, now, queues, trouble } from "./feed";
import type { Queue } from "./types";

export type Alert = "late" | "low";

export const queueKey = (q: Queue) => `${q.tenant}/${q.name}`;

/** targetOf is within how many seconds a call of a queue should be answered. */
export const targetOf = (q: Queue) => (q.target_ns ?? 20e9) / 1e9;

/** waited is how many seconds the caller who waits longest has done so. */
export const waited = (q: Queue) => (q.waiting > 0 ? elapsed(q.waiting_since) : undefined);

const lowLevel: Bound = { raise: 0.6, clear: 0.7, above: false, after: 10_000, settle: 5000 };
const waitBound = (target: number): Bound => ({ raise: target * 3, clear: target, above: true, after: 3000, settle: 3000 });
const troubleBound: Bound = { raise: 1, clear: 0, above: true, after: 2000, settle: 2000 };

const watches = signal<ReadonlyMap<string, Watch>>(new Map());

effect(() => {
  const at = now.value;
  const was = watches.peek();
  const next = new Map<string, Watch>();
  const look = (key: string, b: Bound, value: number | undefined) => next.set(key, judge(was.get(key) ?? calm, b, value, at));
  look("trouble", troubleBound, trouble.value ? 1 : 0);
  for (const q of queues.value) {
    look(`late ${queueKey(q)}`, waitBound(targetOf(q)), waited(q) ?? 0);
    look(`low ${queueKey(q)}`, lowLevel, q.today.sl_offered);
  }
  watches.value = next;
});

/** raised reports whether an alert about a queue stands. */
export const raised = (what: Alert, q: Queue) => watches.value.get(`${what} ${queueKey(q)}`)?.raised ?? false;

/** unread reports that the queues cannot be read, and not only for a moment. */
export const unread = computed(() => watches.value.get("trouble")?.raised ?? false);

/** standing lists the alerts of all queues. */
export const standing = computed(() =>
  queues.value.flatMap((q) => (["late", "low"] as const).filter((a) => watches.value.get(`${a} ${queueKey(q)}`)?.raised).map((what) => ({ queue: q.name, what }))),
);
