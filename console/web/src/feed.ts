// The board as the server tells it, shared by all pages: one stream for each browser tab,
// open while a page looks.
import { batch, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { paused, show } from "./hold";
import { merge } from "./keyed";
import { stillIn } from "./session";
import { listen } from "./stream";
import type { Agent, Board, BoardChange, Day, LiveCall, Queue } from "./types";

export const queues = signal<Queue[]>([]);
export const agents = signal<Agent[]>([]);
export const calls = signal<LiveCall[]>([]);
export const days = signal<Day[]>([]);
export const trouble = signal(false);
export const link = signal<"waiting" | "live" | "lost">("waiting");

/** now is the server's time in ms, told once a second while a page looks. */
export const now = signal(Date.now());
let ahead = 0; // of our clock

const nameKey = (t: { tenant: string; name: string }) => `${t.tenant}/${t.name}`;
const callKey = (t: LiveCall) => `${t.tenant}/${t.call}`;

function whole(b: Board) {
  ahead = Date.parse(b.at) - Date.now();
  batch(() => {
    queues.value = b.queues;
    agents.value = b.agents;
    calls.value = b.calls;
    days.value = b.days;
    trouble.value = b.trouble;
  });
}

function change(c: BoardChange) {
  batch(() => {
    queues.value = merge(queues.value, c.queues, c.gone?.queues, nameKey);
    agents.value = merge(agents.value, c.agents, c.gone?.agents, nameKey);
    calls.value = merge(calls.value, c.calls, c.gone?.calls, callKey);
    days.value = merge(days.value, c.days, undefined, (d) => d.tenant);
    if (c.trouble !== undefined) trouble.value = c.trouble;
  });
}

let readers = 0;
let close = () => {};

function open() {
  const end = listen({
    url: () => "/api/v1/board/events",
    on: {
      board: (e) => show(() => whole(JSON.parse(e.data) as Board)),
      change: (e) => show(() => change(JSON.parse(e.data) as BoardChange)),
    },
    state: (s) => {
      link.value = s;
      if (s === "lost") void stillIn();
    },
  });
  const tick = setInterval(() => {
    if (!paused.value) now.value = Date.now() + ahead;
  }, 1000);
  close = () => {
    end();
    clearInterval(tick);
  };
}

/** useFeed keeps the stream open while a component is there. */
export function useFeed() {
  useEffect(() => {
    if (readers++ === 0) open();
    return () => {
      if (--readers === 0) close();
    };
  }, []);
}

/** elapsed is how many seconds ago something was, by the server's clock. */
export function elapsed(at: string | undefined): number | undefined {
  return at ? Math.max(0, (now.value - Date.parse(at)) / 1000) : undefined;
}
