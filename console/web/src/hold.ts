// Holding the pages still (WCAG 2.2.2), for a while: what is held for hours is read as true by
// whoever comes by.
import { computed, signal } from "@preact/signals";

export const longestHold = 5 * 60_000; // ms
const told = 20_000; // ms for which it is said that the page goes on

/** heldSince is when the reader held the pages still, ms; undefined: they move. */
export const heldSince = signal<number | undefined>(undefined);
export const paused = computed(() => heldSince.value !== undefined);

/** wentOn says that the pages have just gone on by themselves. */
export const wentOn = signal(false);

// What comes meanwhile is kept and shown afterwards.
let kept: (() => void)[] = [];
let look: ReturnType<typeof setInterval> | undefined;

/** show makes a change of what is shown, now or once the pages may move again. */
export function show(f: () => void) {
  if (paused.value) kept.push(f);
  else f();
}

/** pause holds the pages still, or lets them go. */
export function pause(still: boolean) {
  clearInterval(look);
  wentOn.value = false;
  heldSince.value = still ? Date.now() : undefined;
  if (still) {
    look = setInterval(overdue, 1000); // by the clock, as a machine may have slept
    return;
  }
  for (const f of kept) f();
  kept = [];
}

function overdue() {
  if (Date.now() - heldSince.peek()! < longestHold) return;
  pause(false);
  wentOn.value = true;
  look = setInterval(() => {
    clearInterval(look);
    wentOn.value = false;
  }, told);
}
