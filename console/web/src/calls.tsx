// Calls that have ended: search, a page at a time, and one of them whole.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { clock, dateTime, known, languageName, percent, t } from "./i18n";
import { OneCall } from "./onecall";
import { Empty, Failure, Score, State } from "./parts";
import { go, path, query } from "./route";
import { person } from "./said";
import type { MarkName } from "./icons";
import type { Found, FoundCall } from "./types";

export default function Calls() {
  const id = path.value.split("/")[2];
  return id ? <OneCall id={decodeURIComponent(id)} back="/calls" /> : <Search />;
}

const fields = ["from", "to", "queue", "intent", "outcome", "caller"] as const;

/** asked is the search of the address bar, as the API takes it: times are local there. */
function asked(): URLSearchParams {
  const out = new URLSearchParams();
  for (const f of fields) {
    const v = query.value.get(f);
    if (v) out.set(f, f === "from" || f === "to" ? timeOf(v) : v);
  }
  return out;
}

/** timeOf is what an address may hold of a time, as the server takes it. */
function timeOf(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error(t("calls.notime", { text }));
  return at.toISOString();
}

function Search() {
  const [found, setFound] = useState<FoundCall[]>();
  const [next, setNext] = useState<string>();
  const [error, setError] = useState<Error>();
  const [table, setTable] = useState("");
  const load = (cursor?: string) => {
    setError(undefined);
    let q: URLSearchParams;
    try {
      q = asked();
    } catch (e) {
      setError(e as Error);
      return;
    }
    setTable(`/api/v1/records.csv?${q}`);
    if (cursor) q.set("cursor", cursor);
    get<Found>(`/api/v1/records?${q}`).then((r) => {
      setFound((was) => (cursor ? [...(was ?? []), ...r.calls] : r.calls));
      setNext(r.next);
    }, setError);
  };
  useEffect(() => load(), [query.value]);
  return (
    <>
      <div class="head"><h1>{t("nav.calls")}</h1></div>
      <Form />
      <p class="note">{t("calls.memory")}</p>
      {error && <Failure error={error} />}
      {found && found.length === 0 && <Empty icon="calls" title={t("calls.none")} text={query.value.size ? t("calls.none.search") : t("calls.none.do")} />}
      {found && found.length > 0 && (
        <section class="card">
          <p class="take"><a class="button" href={table} download="calls.csv">{t("calls.csv")}</a> <small>{t("calls.csv.what")}</small></p>
          <div class="scroll" tabIndex={0} role="region" aria-label={t("nav.calls")}>
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">{t("word.began")}</th>
                  <th scope="col">{t("word.caller")}</th>
                  <th scope="col" class="number">{t("word.length")}</th>
                  <th scope="col">{t("calls.outcome")}</th>
                  <th scope="col">{t("word.language")}</th>
                  <th scope="col">{t("word.intent")}</th>
                  <th scope="col">{t("word.queue")}</th>
                  <th scope="col">{t("word.agent")}</th>
                </tr>
              </thead>
              <tbody>{found.map((c) => <Row key={`${c.tenant}/${c.call}`} call={c} />)}</tbody>
            </table>
          </div>
          {next && <button type="button" onClick={() => load(next)}>{t("calls.more")}</button>}
        </section>
      )}
    </>
  );
}

function Form() {
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const q = new URLSearchParams();
    for (const name of fields) if (f.get(name)) q.set(name, String(f.get(name)));
    go(q.size ? `/calls?${q}` : "/calls");
  };
  const value = (f: string) => query.value.get(f) ?? "";
  return (
    <form class="filter" onSubmit={submit} role="search" key={query.value.toString()}>
      <label class="field">{t("calls.from")}<input type="datetime-local" name="from" defaultValue={value("from")} /></label>
      <label class="field">{t("calls.to")}<input type="datetime-local" name="to" defaultValue={value("to")} /></label>
      <label class="field">{t("word.queue")}<input name="queue" defaultValue={value("queue")} spellcheck={false} autocapitalize="none" /></label>
      <label class="field">{t("word.intent")}<input name="intent" defaultValue={value("intent")} spellcheck={false} autocapitalize="none" /></label>
      <label class="field">
        {t("calls.outcome")}
        <select name="outcome" defaultValue={value("outcome")}>
          <option value="">{t("word.all")}</option>
          {(["bot", "agent", "supervisor", "abandoned"] as const).map((o) => <option key={o} value={o}>{t(`outcome.${o}`)}</option>)}
        </select>
      </label>
      <label class="field">{t("calls.caller")}<input name="caller" maxLength={64} defaultValue={value("caller")} spellcheck={false} autocapitalize="none" autocomplete="off" /></label>
      <button type="submit" class="main">{t("calls.search")}</button>
    </form>
  );
}

const outcomeMarks: Record<FoundCall["outcome"], MarkName> = { bot: "good", agent: "busy", supervisor: "busy", abandoned: "late" };

function Row({ call: c }: { call: FoundCall }) {
  const to = `/calls/${encodeURIComponent(c.call)}`;
  return (
    <tr onClick={(e) => (e.target as Element).closest("a") || go(to)}>
      <td>{dateTime(c.started)}</td>
      <th scope="row"><a href={to} data-internal>{c.caller || t("word.unknown")}</a>{c.alias && c.alias !== c.caller && <Alias name={c.alias} />}</th>
      <td class="number">{clock((Date.parse(c.ended) - Date.parse(c.started)) / 1000)}</td>
      <td><State mark={outcomeMarks[c.outcome]}>{t(`outcome.${c.outcome}`)}</State></td>
      <td>{languageName(c.language)}</td>
      <td>{c.intent ? <Score name={known("intent", c.intent)} score={c.score} label={percent(c.score)} /> : "–"}</td>
      <td>{c.queue ? known("queue", c.queue) : "–"}</td>
      <td>{c.agent ? person(c.agent) : "–"}</td>
    </tr>
  );
}

/** Alias leads to all calls of the same caller. */
function Alias({ name }: { name: string }) {
  return <small class="alias"><a href={`/calls?caller=${encodeURIComponent(name)}`} data-internal aria-label={t("calls.same", { caller: name })}>{name}</a></small>;
}
