// The system: what is wrong now, engines, trunks, listeners, certificates, and who did what.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { clock, count, dateTime, known, t, timeOfDay } from "./i18n";
import { holds } from "./may";
import { Failure, Fact, State } from "./parts";
import { did, person, said } from "./said";
import type { AuditEvent, Health, System } from "./types";

const every = 5000; // ms
const audits = () => holds("auditor", "dpo", "admin");

function useSystem() {
  const [system, setSystem] = useState<System>();
  const [health, setHealth] = useState<Health>();
  const [audit, setAudit] = useState<AuditEvent[]>([]);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const stop = new AbortController();
    const read = () => {
      get<System>("/api/v1/system", stop.signal).then((s) => {
        setSystem(s);
        setError(undefined);
      }, (e: Error) => e.name !== "AbortError" && setError(e));
      // It answers 503 with the same document while something is wrong.
      fetch("/readyz", { signal: stop.signal }).then((r) => r.json()).then(setHealth, () => {});
      if (audits()) get<AuditEvent[]>("/api/v1/audit?limit=1000", stop.signal).then(setAudit, () => {});
    };
    read();
    const again = setInterval(read, every);
    return () => {
      stop.abort();
      clearInterval(again);
    };
  }, []);
  return { system, health, audit, error };
}

export default function SystemPage() {
  const { system: s, health, audit, error } = useSystem();
  return (
    <>
      <div class="head">
        <h1>{t("nav.system")}</h1>
        {s && <span class="quiet">Callward {s.version}</span>}
      </div>
      {error && <Failure error={error} />}
      {s && (
        <>
          <Alarms system={s} health={health} />
          <dl class="summary">
            <Fact name={t("system.calls")}>{count(s.calls)}<small> / {count(s.max_calls)}</small></Fact>
            <Fact name={t("system.cpu")}>{count(Math.round(s.cpu_percent))} %</Fact>
            <Fact name={t("system.ports")}>{count(s.ports_free)}</Fact>
            <Fact name={t("system.up")}>{clock((Date.parse(s.at) - Date.parse(s.started)) / 1000)}</Fact>
          </dl>
          <div class="columns columns-wide">
            <Providers system={s} />
            <Trunks system={s} />
            <Nodes system={s} />
            <Listeners system={s} />
            <Certificates system={s} />
            <Audit events={audit} />
          </div>
        </>
      )}
    </>
  );
}

/** Alarms says what is wrong now, or that nothing is. */
function Alarms({ system: s, health }: { system: System; health?: Health }) {
  const soon = Date.parse(s.at) + 21 * day;
  const alarms: string[] = [
    ...(health?.checks ?? []).filter((c) => !c.ready || c.reason).map((c) => t("word.about", { what: known("check", c.name), about: c.reason ? said(c.reason) : t("system.notready") })),
    ...(s.draining ? [s.drains_until ? t("system.drains", { calls: count(s.calls), at: timeOfDay(s.drains_until, true) }) : t("system.draining")] : []),
    ...(s.overloaded ? [t("system.overloaded")] : []),
    ...(s.certificates ?? []).filter((c) => Date.parse(c.expires) < soon).map((c) => t("system.expires", { at: dateTime(c.expires) })),
    ...(s.certificates ?? []).filter((c) => c.rejected > 0).map((c) => t("system.rejected", { count: count(c.rejected) })),
    ...(s.nodes ?? []).filter((n) => !n.alive).map((n) => t("system.silent", { node: n.name })),
    ...(s.undelivered > 0 ? [t("system.undelivered", { count: count(s.undelivered) })] : []),
    ...(s.trunks ?? []).filter((x) => x.register && !x.registered).map((x) => t("system.unregistered", { trunk: x.name })),
    ...(s.providers ?? []).filter((p) => !p.up || p.breaker !== "closed").map((p) => t("system.engine.down", { engine: p.name })),
  ];
  return (
    <section class="card" aria-label={t("system.alarms")}>
      <header><h2>{t("system.alarms")}</h2></header>
      <div role="status">
        {alarms.length === 0 ? <State mark="good">{t("system.well")}</State> : <ul class="plain-list">{alarms.map((a) => <li key={a}><State mark="late">{a}</State></li>)}</ul>}
      </div>
    </section>
  );
}

function Providers({ system: s }: { system: System }) {
  return (
    <Table title={t("system.engines")} none={t("system.engines.none")} heads={[[t("word.name")], [t("system.does")], [t("word.state")], [t("system.open"), true], [t("system.latency"), true], [t("system.failures"), true]]}
      rows={(s.providers ?? []).map((p) => [
        p.name, known("kind", p.kind),
        <State mark={!p.up ? "bad" : p.breaker === "closed" ? "good" : "late"}>{t(!p.up ? "system.down" : p.breaker === "closed" ? "system.serves" : "system.resting")}</State>,
        count(p.open), p.usual_ns ? `${count(Math.round(p.usual_ns / 1e6))} ms` : "–", count(Object.values(p.failures).reduce((a, b) => a + b, 0)),
      ])} />
  );
}

function Trunks({ system: s }: { system: System }) {
  return (
    <Table title={t("system.trunks")} none={t("system.trunks.none")} heads={[[t("word.name")], [t("word.state")], [t("nav.calls"), true]]}
      rows={(s.trunks ?? []).map((x) => [
        x.name,
        x.register ? <State mark={x.registered ? "good" : "bad"}>{t(x.registered ? "system.registered" : "system.notregistered")}</State> : <State mark="off">{t("system.static")}</State>,
        x.max_calls ? `${count(x.calls)} / ${count(x.max_calls)}` : count(x.calls),
      ])} />
  );
}

function Nodes({ system: s }: { system: System }) {
  return (
    <Table title={t("system.nodes")} none={t("system.nodes.none")} heads={[[t("word.name")], [t("system.tenant")], [t("word.state")], [t("system.held"), true]]}
      rows={(s.nodes ?? []).map((n) => [
        <><code>{n.name}</code>{n.own && <small> {t("system.node.own")}</small>}</>, n.tenant,
        <State mark={n.alive ? "good" : "bad"}>{t(n.alive ? "system.node.alive" : "system.node.silent")}</State>, count(n.calls),
      ])} />
  );
}

function Listeners({ system: s }: { system: System }) {
  return (
    <Table title={t("system.listeners")} none="" heads={[[t("system.network")], [t("system.address")]]}
      rows={(s.listeners ?? []).map((l) => [l.network.toUpperCase(), <code>{l.address}</code>])} />
  );
}

const day = 24 * 3600 * 1000;

function Certificates({ system: s }: { system: System }) {
  const left = (at: string) => Math.max(0, Math.floor((Date.parse(at) - Date.parse(s.at)) / day));
  return (
    <Table title={t("system.certificates")} none={t("system.certificates.none")} heads={[[t("system.certificate")], [t("word.state")]]}
      rows={(s.certificates ?? []).map((c) => [
        t("system.until", { at: dateTime(c.expires) }),
        <State mark={left(c.expires) >= 21 ? "good" : left(c.expires) >= 3 ? "late" : "bad"}>{t("system.days", { count: count(left(c.expires)) })}</State>,
      ])} />
  );
}

const shownAtFirst = 50;

/** Audit is who did what, newest first, of which words are looked for here. */
function Audit({ events }: { events: AuditEvent[] }) {
  const [word, setWord] = useState("");
  const [all, setAll] = useState(false);
  if (!audits()) {
    return <section class="card"><header><h2>{t("system.audit")}</h2></header><p class="quiet">{t("system.audit.role")}</p></section>;
  }
  const found = events.filter((e) => [e.actor, e.action, e.result, e.tenant ?? "", did(e.action), said(e.result)].join(" ").toLowerCase().includes(word.toLowerCase()));
  const shown = all ? found : found.slice(0, shownAtFirst);
  return (
    <Table whole title={t("system.audit")} none={t("system.audit.none")} heads={[[t("system.when")], [t("system.who")], [t("system.what")], [t("system.result")]]}
      rows={shown.map((e) => [<span class="when">{dateTime(e.time)}</span>, person(e.actor), did(e.action), said(e.result)])}>
      <label class="field find">{t("system.audit.find")}<input value={word} onInput={(e) => setWord(e.currentTarget.value)} spellcheck={false} autocomplete="off" /></label>
      {shown.length < found.length && <button type="button" onClick={() => setAll(true)}>{t("system.audit.more")}</button>}
    </Table>
  );
}

function Table({ title, none, heads, rows, whole, children }: { title: string; none: string; heads: [string, boolean?][]; rows: ComponentChildren[][]; whole?: boolean; children?: ComponentChildren }) {
  return (
    <section class={whole ? "card card-whole" : "card"}>
      <header><h2>{title}</h2></header>
      {rows.length === 0 ? <p class="quiet">{none}</p> : (
        <div class="scroll tall" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead><tr>{heads.map(([h, n]) => <th key={h} scope="col" class={n ? "number" : ""}>{h}</th>)}</tr></thead>
            <tbody>{rows.map((r, i) => <tr key={i}>{r.map((c, j) => <td key={j} class={heads[j]?.[1] ? "number" : ""}>{c}</td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
      {children}
    </section>
  );
}
