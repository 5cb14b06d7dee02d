// The rehearsal of an assistant: its scenarios played in text, and where they went another way
// than their author expects.
import { useEffect, useState } from "preact/hooks";
import { get, send, worded } from "./api";
import { count, dateTime, decimal, known, t } from "./i18n";
import { holds } from "./may";
import { Failure, State } from "./parts";
import { masked, person, said } from "./said";
import type { Assistant, Rehearsal, Rehearsed } from "./types";

export function Rehearse({ assistant: a }: { assistant: Assistant }) {
  const [last, setLast] = useState<Rehearsal>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const at = "/api/v1/assistants/rehearsals";
  useEffect(() => {
    get<Rehearsal[]>(`${at}?tenant=${encodeURIComponent(a.tenant)}`).then((all) => setLast(all.find((r) => r.assistant === a.name)), setError);
  }, [a.tenant, a.name]);
  const play = (file: boolean) => {
    setBusy(true);
    setError(undefined);
    send<Rehearsal>("POST", at, { tenant: a.tenant, assistant: a.name, file })
      .then(setLast, (e: Error) => setError(worded(e, { 404: t("rehearsal.noscenarios"), 409: t("rehearsal.wait"), 422: t("rehearsal.faults") })))
      .finally(() => setBusy(false));
  };
  return (
    <section class="card rehearsal">
      <header><h2>{t("rehearsal.title")}</h2></header>
      <p class="quiet">{t("rehearsal.what")}</p>
      {holds("integrator", "admin") && (
        <p class="row">
          <button type="button" disabled={busy} onClick={() => play(false)}>{t("rehearsal.running")}</button>
          <button type="button" disabled={busy} onClick={() => play(true)}>{t("rehearsal.file")}</button>
        </p>
      )}
      {error && <Failure error={error} />}
      <div role="status">{busy ? t("rehearsal.busy") : last ? <Verdict played={last} /> : !error && <span class="quiet">{t("rehearsal.none")}</span>}</div>
      {last && <Scenarios played={last} />}
    </section>
  );
}

function Verdict({ played: p }: { played: Rehearsal }) {
  const all = count(p.scenarios.length);
  const took = `${decimal(p.took_ns / 1e9)} s`;
  const version = t(p.file ? "rehearsal.version.file" : "rehearsal.version.running", { version: p.version });
  return (
    <>
      <p>{p.failed === 0 ? <State mark="good">{t("rehearsal.passed", { count: all })}</State> : <State mark="bad">{t("rehearsal.failed", { failed: count(p.failed), count: all })}</State>}</p>
      <p class="quiet"><small>{t("rehearsal.about", { version, at: dateTime(p.at), who: person(p.by), took })}</small></p>
    </>
  );
}

function Scenarios({ played: p }: { played: Rehearsal }) {
  return (
    <>
      {p.scenarios.filter((s) => s.fault).map((s) => <Failed key={s.at} scenario={s} />)}
      <details>
        <summary>{t("rehearsal.all")}</summary>
        <div class="scroll tall" tabIndex={0} role="region" aria-label={t("rehearsal.all")}>
          <table>
            <thead><tr><th scope="col">{t("rehearsal.scenario")}</th><th scope="col">{t("word.state")}</th><th scope="col" class="number">{t("rehearsal.turns")}</th><th scope="col">{t("rehearsal.at")}</th></tr></thead>
            <tbody>
              {p.scenarios.map((s) => (
                <tr key={s.at}>
                  <td>{s.name}</td>
                  <td><State mark={s.fault ? "bad" : "good"}>{t(s.fault ? "rehearsal.bad" : "rehearsal.good")}</State></td>
                  <td class="number">{count(s.turns)}</td>
                  <td><code>{s.at}</code></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Failed({ scenario: s }: { scenario: Rehearsed }) {
  const f = s.fault!;
  return (
    <div class="failed">
      <h3>{s.name}</h3>
      <p><small>{f.turn === 0 ? t("rehearsal.opening", { at: f.at }) : t("rehearsal.turn", { turn: count(f.turn), act: known("act", f.act), at: f.at })}</small></p>
      <ul class="faults">{f.why.map((w) => <li key={w}>{said(w)}</li>)}</ul>
      <details>
        <summary>{t("rehearsal.story")}</summary>
        <div class="story" tabIndex={0} role="region" aria-label={t("rehearsal.story")}>
          <ol class="plain-list">{f.story.map((e, i) => <li key={i}><small>{known("told", e.who)}</small> {e.who === "call" ? said(e.text) : masked(e.text)}</li>)}</ol>
        </div>
      </details>
    </div>
  );
}
