// The kinds of journal entries, as call/journal.go has them. A stream of events hands over
// only what is asked for by name.
export const kinds = [
  "call.started", "call.answered", "disclosure", "state", "bot.said", "bot.played", "bot.done", "bot.paused", "bot.resumed", "bargein",
  "caller.partial", "caller.said", "caller.keyed", "card", "webhook", "intent", "decision", "filler", "turn", "asr.relieved", "asr.regained",
  "queue.entered", "queue.position", "callback", "message", "agent.offered", "agent.briefed", "agent.answered", "agent.failed", "bridged", "caller.muted", "caller.unmuted",
  "caller.held", "caller.unheld", "transfer.began", "transfer.barred", "transfer.done", "supervision", "supervision.ended", "trouble", "call.ended",
] as const;

/** renews are the kinds after which the record of a call says something new. */
export const renews: ReadonlySet<string> = new Set(["state", "intent", "queue.entered", "bridged", "supervision", "supervision.ended", "call.ended"]);

/** speaks are the kinds that are somebody's words. */
export const speaks: Readonly<Record<string, "bot" | "caller">> = { "bot.said": "bot", "caller.said": "caller", "caller.keyed": "caller", card: "caller" };

/** notes are the kinds that stand between the words: note.KIND is their text. */
export const notes: ReadonlySet<string> = new Set([
  "disclosure", "bargein", "webhook", "asr.relieved", "asr.regained", "queue.entered", "callback", "message", "agent.offered", "agent.briefed", "agent.failed", "bridged",
  "caller.muted", "caller.unmuted", "transfer.began", "transfer.barred", "transfer.done", "supervision", "supervision.ended", "trouble", "call.ended",
]);
