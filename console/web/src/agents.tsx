// Agents: who is there, in which state and since when.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { agents, elapsed, useFeed } from "./feed";
import { clock, count, known, t } from "./i18n";
import { Link } from "./link";
import { Empty, State } from "./parts";
import { maySet, SetState } from "./setstate";
import { agentMark, agentStates } from "./states";
import type { Agent } from "./types";

const queue = signal("");
const changing = signal(""); // tenant/name

export default function Agents() {
  useFeed();
  const order = (a: Agent) => agentStates.indexOf(a.state as (typeof agentStates)[number]);
  const names = [...new Set(agents.value.flatMap((a) => a.queues.map(plain)))].sort();
  const shown = agents.value
    .filter((a) => !queue.value || a.queues.map(plain).includes(queue.value))
    .sort((a, b) => order(a) - order(b) || a.since.localeCompare(b.since));
  const settable = shown.some((a) => maySet(a.name));
  const chosen = agents.value.find((a) => idOf(a) === changing.value);
  return (
    <>
      <div class="head">
        <h1>{t("nav.agents")}</h1>
        {names.length > 1 && (
          <label class="inline">
            {t("word.queue")}
            <select value={queue.value} onChange={(e) => (queue.value = e.currentTarget.value)}>
              <option value="">{t("word.all")}</option>
              {names.map((n) => <option key={n} value={n}>{known("queue", n)}</option>)}
            </select>
          </label>
        )}
        <Link />
      </div>
      {agents.value.length === 0 ? (
        <Empty icon="agents" title={t("agents.none")} text={t("agents.none.do")} />
      ) : (
        <section class="card">
          <div class="scroll" tabIndex={0} role="region" aria-label={t("nav.agents")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("word.name")}</th>
                  <th scope="col">{t("word.state")}</th>
                  <th scope="col" class="number">{t("agents.since")}</th>
                  <th scope="col">{t("agents.reason")}</th>
                  <th scope="col">{t("agents.queues")}</th>
                  <th scope="col">{t("agents.skills")}</th>
                  <th scope="col">{t("agents.call")}</th>
                  {settable && <th scope="col"><span class="unseen">{t("agents.change")}</span></th>}
                </tr>
              </thead>
              <tbody>{shown.map((a) => <Row key={idOf(a)} agent={a} settable={settable} />)}</tbody>
            </table>
          </div>
          <p class="quiet">{t("agents.count", { shown: count(shown.length), all: count(agents.value.length) })}</p>
        </section>
      )}
      {chosen && <Change key={changing.value} agent={chosen} />}
    </>
  );
}

/** plain takes the penalty off billing=2. */
const plain = (q: string) => q.split("=")[0] ?? q;

const idOf = (a: Agent) => `${a.tenant}/${a.name}`;

function Row({ agent: a, settable }: { agent: Agent; settable: boolean }) {
  return (
    <tr>
      <th scope="row"><span class="name" title={a.name}>{a.name}</span></th>
      <td><State mark={agentMark(a.state)}>{known("agent", a.state)}</State></td>
      <td class="number">{clock(elapsed(a.since))}</td>
      <td>{a.reason ? known("reason", a.reason) : ""}</td>
      <td>{a.queues.map((q) => <span key={q} class="chip">{known("queue", plain(q))}</span>)}</td>
      <td>{a.skills.map((s) => <span key={s} class="chip">{s}</span>)}</td>
      <td>{a.call && <a href={`/live/${encodeURIComponent(a.call)}`} data-internal>{t("agents.see")}</a>}</td>
      {settable && <td>{maySet(a.name) && <button type="button" class="change" aria-haspopup="dialog" aria-label={t("word.about", { what: t("agents.change"), about: a.name })} onClick={() => (changing.value = idOf(a))}>{t("agents.change")}</button>}</td>}
    </tr>
  );
}

/** Change sets an agent's state in a dialog; Escape leaves it. */
function Change({ agent: a }: { agent: Agent }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  return (
    <dialog ref={box} aria-labelledby="change" onClose={() => (changing.value = "")}>
      <header class="head">
        <h2 id="change">{a.name}</h2>
        <State mark={agentMark(a.state)}>{known("agent", a.state)}</State>
      </header>
      <SetState agent={a} />
      <button type="button" onClick={() => box.current?.close()}>{t("word.close")}</button>
    </dialog>
  );
}
