// The assistant: what it understands, what it did not lately, a sentence to try, its scenarios
// and its version.
import { useEffect, useState } from "preact/hooks";
import { get, send } from "./api";
import { count, dateTime, known, languageName, percent, t } from "./i18n";
import { Empty, Failure, Score, State } from "./parts";
import { Rehearse } from "./rehearsal";
import { masked } from "./said";
import type { Assistant, Misunderstanding, Understood } from "./types";
import { Version } from "./version";

export default function AssistantPage() {
  const [all, setAll] = useState<Assistant[]>();
  const [error, setError] = useState<Error>();
  const [at, setAt] = useState(0);
  const read = () => void get<Assistant[]>("/api/v1/assistants").then(setAll, setError);
  useEffect(read, []);
  const a = all?.[at];
  return (
    <>
      <div class="head">
        <h1>{t("nav.assistant")}</h1>
        {all && all.length > 1 && (
          <label class="inline">
            {t("assistant.which")}
            <select value={at} onChange={(e) => setAt(Number(e.currentTarget.value))}>
              {all.map((x, i) => <option key={`${x.tenant}/${x.name}`} value={i}>{x.name} · {x.tenant}</option>)}
            </select>
          </label>
        )}
      </div>
      {error && <Failure error={error} />}
      {all && !a && <Empty icon="assistant" title={t("assistant.none")} text={t("assistant.none.do")} />}
      {a && (
        <>
          <div class="columns">
            <div class="stack">
              <Try key={`${a.tenant}/${a.name}`} assistant={a} />
              <Rehearse key={`rehearse ${a.tenant}/${a.name}`} assistant={a} />
              <Missed tenant={a.tenant} />
            </div>
            <div class="stack">
              <Version key={`version ${a.name}`} assistant={a} activated={read} />
              <Intents assistant={a} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

function Try({ assistant: a }: { assistant: Assistant }) {
  const [got, setGot] = useState<Understood>();
  const [error, setError] = useState<Error>();
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    setError(undefined);
    send<Understood>("POST", "/api/v1/assistants/try", { tenant: a.tenant, assistant: a.name, language: f.get("language"), text: f.get("text") }).then(setGot, setError);
  };
  return (
    <section class="card">
      <header><h2>{t("try.title")}</h2></header>
      <form class="try" onSubmit={submit}>
        <label class="field">
          {t("word.language")}
          <select name="language">{a.languages.map((l) => <option key={l} value={l}>{languageName(l)}</option>)}</select>
        </label>
        <label class="field field-wide">
          {t("try.sentence")}
          <input name="text" maxLength={500} required autocomplete="off" />
        </label>
        <button type="submit" class="main">{t("try.do")}</button>
      </form>
      <p class="quiet"><small>{t("try.redacted")}</small></p>
      {error && <Failure error={error} />}
      <div role="status">
        {got && (
          <div class="stack">
            <p>{got.text ? t("word.quote", { text: masked(got.text) }) : t("said.nothing")}</p>
            <p>{got.enough && got.intent ? <State mark="good">{t("try.enough", { intent: known("intent", got.intent) })}</State> : <State mark="late">{t("try.short", { minimum: percent(a.min_confidence) })}</State>}</p>
            <ul class="scores">{got.top.map((s) => <li key={s.name}><Score name={known("intent", s.name)} score={s.confidence} label={percent(s.confidence, 1)} /></li>)}</ul>
          </div>
        )}
      </div>
    </section>
  );
}

function Missed({ tenant }: { tenant: string }) {
  const [list, setList] = useState<Misunderstanding[]>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    get<Misunderstanding[]>(`/api/v1/assistants/misunderstandings?tenant=${encodeURIComponent(tenant)}`).then(setList, setError);
  }, [tenant]);
  return (
    <section class="card">
      <header><h2>{t("missed.title")}</h2><span class="quiet">{t("missed.memory")}</span></header>
      {error && <Failure error={error} />}
      {list && list.length === 0 && <p class="quiet">{t("missed.none")}</p>}
      <ul class="missed">
        {list?.map((m) => (
          <li key={`${m.call}/${m.at}`}>
            <p lang={m.language}>{m.text ? t("word.quote", { text: masked(m.text) }) : t("said.nothing")}</p>
            <p class="quiet"><small><a href={`/calls/${encodeURIComponent(m.call)}`} data-internal>{dateTime(m.at)}</a> · {languageName(m.language)}{m.top?.[0] && ` · ${t("missed.best", { intent: known("intent", m.top[0].name), score: percent(m.top[0].confidence) })}`}</small></p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Intents({ assistant: a }: { assistant: Assistant }) {
  return (
    <section class="card">
      <header>
        <h2>{t("intents.title", { name: a.name })}</h2>
        <span class="quiet">{t("intents.about", { numbers: a.numbers.join(", "), minimum: percent(a.min_confidence) })}</span>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("intents.title", { name: a.name })}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("word.intent")}</th>
              {a.languages.map((l) => <th key={l} scope="col" class="number">{t("intents.examples", { language: languageName(l) })}</th>)}
            </tr>
          </thead>
          <tbody>
            {a.intents.map((i) => (
              <tr key={i.name}>
                <th scope="row">{known("intent", i.name)}</th>
                {a.languages.map((l) => <td key={l} class="number">{count(i.examples[l] ?? 0)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
