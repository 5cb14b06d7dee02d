// Messages that callers left for the people of queues: who takes one, calls back and is done.
import { signal } from "@preact/signals";
import { count, known, t } from "./i18n";
import { Link } from "./link";
import { chosen, messages, type Shown, useMailbox } from "./mailbox";
import { holds } from "./may";
import { OneMessage } from "./message";
import { Empty } from "./parts";

const queue = signal("");
const shown = signal<Shown>("open");

export default function Messages() {
  const may = holds("supervisor", "listener", "integrator", "dpo", "admin");
  useMailbox(may);
  const all = messages.value;
  const names = [...new Set(all?.map((m) => m.queue))].sort();
  return (
    <>
      <div class="head">
        <h1>{t("nav.messages")}</h1>
        {may && (
          <>
            <Choice name={t("messages.show")} value={shown.value} of={(["open", "done", "all"] as const).map((s) => [s, t(`messages.show.${s}`)])} onChange={(s) => (shown.value = s as Shown)} />
            <Choice name={t("word.queue")} value={queue.value} of={[["", t("word.all")], ...names.map((n): [string, string] => [n, known("queue", n)])]} onChange={(n) => (queue.value = n)} />
            <Link />
          </>
        )}
      </div>
      <p class="note">{t(may ? "messages.memory" : "messages.role")}</p>
      {may && (all ? <List /> : <p class="quiet">{t("shell.loading")}</p>)}
    </>
  );
}

function List() {
  const all = messages.value ?? [];
  const list = chosen(all, shown.value, queue.value);
  const of = (state: string) => count(all.filter((m) => m.state === state).length);
  return (
    <>
      <p role="status" class="quiet">{t("messages.count", { new: of("new"), taken: of("taken") })}</p>
      {list.length === 0 ? (
        <Empty icon="messages" title={t(all.length ? "messages.none.shown" : "messages.none")} text={t(all.length ? "messages.none.shown.do" : "messages.none.do")} />
      ) : (
        <ul class="messages columns">{list.map((m) => <li key={`${m.tenant}/${m.call}`}><OneMessage message={m} /></li>)}</ul>
      )}
    </>
  );
}

function Choice({ name, value, of, onChange }: { name: string; value: string; of: [string, string][]; onChange: (value: string) => void }) {
  return (
    <label class="inline">
      {name}
      <select value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {of.map(([v, word]) => <option key={v} value={v}>{word}</option>)}
      </select>
    </label>
  );
}
