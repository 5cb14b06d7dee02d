// Callers who hung up, keep their place, and are called when it is their turn: so an agent
// knows what rings next. The server dials them; no number is shown before.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "./api";
import { elapsed, queues, useFeed } from "./feed";
import { clock, known, t } from "./i18n";
import type { MarkName } from "./icons";
import { State } from "./parts";

interface Waiting {
  call: string;
  state: string;
  callback?: boolean;
  agent?: string;
  entered: string;
}

interface Back extends Waiting {
  queue: string;
}

const backs = signal<Back[]>([]);

async function load(stop: AbortSignal): Promise<void> {
  const all = await get<{ name: string; callers: Waiting[] }[]>("/api/v1/queues", stop).catch(() => undefined);
  if (!all) return; // the next look may have it
  backs.value = all
    .flatMap((q) => q.callers.map((c) => ({ ...c, queue: q.name })))
    .filter((c) => c.callback && c.state in marks)
    .sort((a, b) => a.entered.localeCompare(b.entered));
}

const marks: Record<string, MarkName> = { waiting: "pause", callback: "off", reserved: "ring", ringing: "ring" };

const every = 10_000; // ms between looks while somebody is to be called back

function stateOf(c: Back): string {
  switch (c.state) {
    case "waiting": return t("desk.backs.waits");
    case "callback": return t("desk.backs.later");
    default: return t("desk.backs.rings", { agent: c.agent ?? "" });
  }
}

export function Callbacks() {
  useFeed();
  const count = queues.value.reduce((n, q) => n + q.callbacks, 0);
  useEffect(() => {
    const stop = new AbortController();
    void load(stop.signal);
    const look = count > 0 ? setInterval(() => void load(stop.signal), every) : undefined;
    return () => {
      stop.abort();
      clearInterval(look);
    };
  }, [count]);
  return (
    <section class="card">
      <h2 id="backs">{t("desk.backs")}</h2>
      {backs.value.length === 0 ? (
        <p class="quiet">{t("desk.backs.none")}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-labelledby="backs">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("word.queue")}</th>
                <th scope="col">{t("word.state")}</th>
                <th scope="col" class="number">{t("agents.since")}</th>
              </tr>
            </thead>
            <tbody>
              {backs.value.map((c) => (
                <tr key={c.call}>
                  <th scope="row">{known("queue", c.queue)}</th>
                  <td><State mark={marks[c.state]!}>{stateOf(c)}</State></td>
                  <td class="number">{clock(elapsed(c.entered))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
