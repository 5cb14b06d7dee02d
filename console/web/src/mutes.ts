// When in a call the caller was muted for the agent, as its journal tells.
import type { Entry } from "./types";

/** mutes are spans in seconds since the call began; one that never ended goes on to the end. */
export function mutes(entries: Entry[], began: string, ended: string | undefined): [number, number | undefined][] {
  const at = (time: string) => (Date.parse(time) - Date.parse(began)) / 1000;
  const out: [number, number | undefined][] = [];
  let since: number | undefined;
  for (const e of entries) {
    if (e.kind === "caller.muted") since ??= at(e.time);
    if (e.kind === "caller.unmuted" && since !== undefined) {
      out.push([since, at(e.time)]);
      since = undefined;
    }
  }
  if (since !== undefined) out.push([since, ended ? at(ended) : undefined]);
  return out;
}
