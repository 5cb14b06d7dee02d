// What a supervisor may do with a call that goes on. The place for listen, whisper, barge in,
// take over and hand back.
import type { Call } from "./types";

export function Actions(_: { call: Call }) {
  return null;
}
