// A list that is kept in step with changes: what is new or other comes whole, what is gone
// by its key.

export function merge<T>(was: T[], changed: T[] | undefined, gone: string[] | undefined, key: (t: T) => string): T[] {
  if (!changed?.length && !gone?.length) return was;
  const left = new Set(gone);
  const next = new Map(changed?.map((t) => [key(t), t]));
  const out: T[] = [];
  for (const t of was) {
    const k = key(t);
    if (left.has(k)) continue;
    out.push(next.get(k) ?? t);
    next.delete(k);
  }
  out.push(...next.values());
  return out;
}
