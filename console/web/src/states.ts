// The states of agents and calls, as marks. Their words are in the catalogues.
import type { MarkName } from "./icons";

export const agentStates = ["available", "ringing", "reserved", "busy", "wrapup", "paused", "offline"] as const;

export function agentMark(state: string): MarkName {
  switch (state) {
    case "available": return "good";
    case "reserved":
    case "ringing": return "ring";
    case "busy": return "busy";
    case "wrapup": return "wrap";
    case "paused": return "pause";
    default: return "off";
  }
}

/** stateOf is the state of a call as a supervisor sees it: with an agent is not with one of them. */
export const stateOf = (c: { state: string; taken_over?: boolean }) => (c.taken_over && c.state === "bridged" ? "taken_over" : c.state);

/** withWhom counts the calls that neither wait nor talk with an agent of a queue, by who has them. */
export const withWhom = (calls: { queue?: string; agent?: string; taken_over?: boolean }[]) => ({
  bot: calls.filter((c) => !c.queue && !c.agent).length,
  supervisors: calls.filter((c) => c.taken_over).length,
});

export function callMark(state: string): MarkName {
  switch (state) {
    case "queued": return "pause";
    case "offered":
    case "ringing": return "ring";
    case "taken_over":
    case "bridged": return "busy";
    case "ended": return "off";
    default: return "good";
  }
}
