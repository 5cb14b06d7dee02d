// Messages that callers left, as the server tells them, and what people do with them.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { send } from "./api";
import { link } from "./feed";
import { show } from "./hold";
import { listen } from "./stream";

export interface Message {
  tenant: string;
  call: string;
  queue: string;
  caller: string; // a pseudonym, unless the tenant shows numbers or the reader has taken it
  language: string;
  intent?: string;
  summary?: string;
  text?: string;
  left: string;
  length_ms: number;
  state: "new" | "taken" | "done";
  by?: string;
  since?: string;
}

/** messages are undefined until the server has told them. */
export const messages = signal<Message[] | undefined>(undefined);

const at = "/api/v1/messages";

/** pathOf is where a message is known, and what belongs to it. */
export const pathOf = (m: Message, what = "") => `${at}/${encodeURIComponent(m.call)}${what}?tenant=${encodeURIComponent(m.tenant)}`;

/** useMailbox keeps the messages in step while a component is there. */
export function useMailbox(may: boolean) {
  useEffect(() => {
    if (!may) return;
    return listen({
      url: () => `${at}/events`,
      on: { messages: (e) => show(() => (messages.value = (JSON.parse(e.data) as { messages: Message[] }).messages)) },
      state: (s) => (link.value = s),
    });
  }, [may]);
}

/** handle takes a message, closes it or puts it back; what came of it shows at once. */
export async function handle(m: Message, state: Message["state"]): Promise<void> {
  const now = await send<Message>("POST", pathOf(m, "/state"), { state });
  if (now) messages.value = messages.value?.map((o) => (same(o, m) ? now : o));
}

/** forget deletes a message. */
export async function forget(m: Message): Promise<void> {
  await send("DELETE", pathOf(m));
  messages.value = messages.value?.filter((o) => !same(o, m));
}

const same = (a: Message, b: Message) => a.tenant === b.tenant && a.call === b.call;

export type Shown = "open" | "done" | "all";

/** chosen are the messages of a queue, or all without one, as far as they are to be shown. */
export function chosen(all: Message[], shown: Shown, queue: string): Message[] {
  return all.filter((m) => (!queue || m.queue === queue) && (shown === "all" || (m.state === "done") === (shown === "done")));
}

/** dialled is how a caller can be called back, if the word for them is a number. */
export function dialled(caller: string): string | undefined {
  return /^\+?\d{3,15}$/.test(caller) ? `tel:${caller}` : undefined;
}
