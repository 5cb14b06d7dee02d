import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { kinds, notes } from "./journal";
import { en } from "./locale/en";

test("every kind of the journal is followed, and every note has words", () => {
  const source = readFileSync("../../call/journal.go", "utf8");
  const told = [...source.matchAll(/Kind(?:\s+Kind)?\s+= "([a-z.]+)"/g)].map((m) => m[1]);
  assert.deepEqual([...kinds].sort(), told.sort());
  for (const n of notes) assert.ok(`note.${n}` in en, `note.${n} has no words`);
});
