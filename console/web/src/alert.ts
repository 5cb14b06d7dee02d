// When a figure is worth a look. It must stay beyond its bound for a while before it counts,
// and be back well within for a while before it no longer does: nothing flickers.

export interface Bound {
  raise: number; // at this or beyond, for `after`
  clear: number; // at this or better, for `settle`
  above: boolean; // beyond is above; else below
  after: number; // milliseconds
  settle: number; // milliseconds
}

export interface Watch {
  raised: boolean;
  since?: number; // beyond the bound since then, ms; of a raised one, well again since then
}

export const calm: Watch = { raised: false };

/** judge gives the next state of a watch; a value that is not known leaves it as it is. */
export function judge(w: Watch, b: Bound, value: number | undefined, now: number): Watch {
  if (value === undefined) return w;
  const beyond = b.above ? value >= b.raise : value <= b.raise;
  const well = b.above ? value <= b.clear : value >= b.clear;
  if (w.raised) return well ? settled(w, b, now) : w.since === undefined ? w : { raised: true };
  if (!beyond) return w.since === undefined ? w : calm;
  const since = w.since ?? now;
  return now - since >= b.after ? { raised: true } : { raised: false, since };
}

function settled(w: Watch, b: Bound, now: number): Watch {
  const since = w.since ?? now;
  return now - since >= b.settle ? calm : { raised: true, since };
}
