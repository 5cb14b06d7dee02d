import assert from "node:assert/strict";
import { test } from "node:test";
import { mutes } from "./mutes";
import type { Entry } from "./types";

const entry = (kind: string, second: number) => ({ kind, time: `2026-03-01T09:00:${String(second).padStart(2, "0")}Z` }) as Entry;
const began = "2026-03-01T09:00:00Z";

test("a caller is muted from when the journal says so until it says no longer", () => {
  const journal = [entry("bridged", 1), entry("caller.muted", 5), entry("caller.muted", 6), entry("caller.unmuted", 9), entry("caller.unmuted", 10), entry("caller.muted", 20)];
  assert.deepEqual(mutes(journal, began, "2026-03-01T09:00:30Z"), [[5, 9], [20, 30]]);
  assert.deepEqual(mutes(journal, began, undefined), [[5, 9], [20, undefined]]);
  assert.deepEqual(mutes([], began, undefined), []);
});
