import assert from "node:assert/strict";
import { test } from "node:test";
import { type Line, add } from "./captions";

const words = { position: (n: number) => `place ${n}`, bridged: () => "a person" };
const all = (...captions: Parameters<typeof add>[1][]) => captions.reduce<Line[]>((list, c) => add(list, c, words), []);

test("a better guess takes the place of an earlier one of its utterance", () => {
  const lines = all(
    { kind: "bot.said", text: "Hello." },
    { kind: "caller.partial", utterance: "u1", text: "my in" },
    { kind: "caller.partial", utterance: "u1", text: "my invoice" },
    { kind: "caller.said", utterance: "u1", text: "my invoice, please" },
  );
  assert.deepEqual(lines.map((l) => [l.who, l.text, l.sure]), [["bot", "Hello.", true], ["caller", "my invoice, please", true]]);
});

test("what was said for certain stays, though its utterance is named again", () => {
  const lines = all({ kind: "caller.said", utterance: "u1", text: "yes" }, { kind: "caller.partial", utterance: "u1", text: "no" });
  assert.deepEqual(lines.map((l) => l.text), ["yes", "no"]);
});

test("what nobody says is told in the reader's words, and all else is passed over", () => {
  assert.deepEqual(all({ kind: "queue.position", position: 2 }, { kind: "bridged" }, { kind: "call.ended" }).map((l) => l.text), ["place 2", "a person"]);
});
