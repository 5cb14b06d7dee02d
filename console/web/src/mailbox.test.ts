import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, dialled, type Message } from "./mailbox";

const message = (call: string, queue: string, state: Message["state"]): Message => ({ tenant: "acme", call, queue, caller: "", language: "en", left: "", length_ms: 0, state });

test("messages are shown by queue, and what is done is out of the way", () => {
  const all = [message("a", "billing", "new"), message("b", "billing", "done"), message("c", "sales", "taken")];
  const calls = (shown: "open" | "done" | "all", queue: string) => chosen(all, shown, queue).map((m) => m.call).join("");
  assert.deepEqual([calls("open", ""), calls("done", ""), calls("all", ""), calls("open", "billing"), calls("done", "sales")], ["ac", "b", "abc", "a", ""]);
});

test("only a number can be called back", () => {
  assert.equal(dialled("+33155500142"), "tel:+33155500142");
  for (const other of ["", "anonymous", "hidden", "p0011223344556677", "javascript:alert(1)", "+33;phone-context=x", "4539148803436467"]) assert.equal(dialled(other), undefined, other);
});
