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

export function callMark(state: string): MarkName {
  switch (state) {
    case "queued": return "pause";
    case "offered":
    case "ringing": return "ring";
    case "bridged": return "busy";
    case "ended": return "off";
    default: return "good";
  }
}
