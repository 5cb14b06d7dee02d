// Why the bot did what it did: each turn with what was understood, the rule that fired, what
// came of it, and where the time went.
import { known, percent, t } from "./i18n";
import { Score } from "./parts";
import { masked, said } from "./said";
import type { Entry, Waterfall } from "./types";

interface Turn {
  key: number;
  said?: string;
  intent?: Entry;
  decisions: Entry[];
  waterfall?: Waterfall;
  why?: string;
}

function turnsOf(entries: Entry[]): Turn[] {
  const turns: Turn[] = [];
  let t: Turn | undefined;
  for (const e of entries) {
    if (e.kind === "caller.said" || e.kind === "caller.keyed") turns.push((t = { key: e.seq, said: e.text, decisions: [] }));
    else if (e.kind === "intent" || e.kind === "decision") {
      if (!t) turns.push((t = { key: e.seq, decisions: [] }));
      if (e.kind === "intent") t.intent = e;
      else t.decisions.push(e);
    } else if (e.kind === "turn" && t) {
      t.waterfall = e.waterfall;
      t.why = e.reason;
      t = undefined; // what follows belongs to the next
    }
  }
  return turns.filter((x) => x.intent || x.decisions.length || x.waterfall);
}

export function Trace({ entries }: { entries: Entry[] }) {
  const turns = turnsOf(entries);
  const slowest = Math.max(1000, ...turns.map((x) => x.waterfall?.total_ms ?? 0));
  return (
    <section class="card">
      <header><h2>{t("trace.title")}</h2></header>
      {turns.length === 0 ? <p class="quiet">{t("trace.none")}</p> : (
        <>
          <div class="trace-scroll" tabIndex={0} role="region" aria-label={t("trace.title")}>
            <ol class="trace" reversed>{turns.map((x) => <TurnItem key={x.key} turn={x} slowest={slowest} />).reverse()}</ol>
          </div>
          <p class="legend">{steps.map((s) => <span key={s.name}><i class={`step step-${s.name}`} /> {known("step", s.name)}</span>)}</p>
        </>
      )}
    </section>
  );
}

function TurnItem({ turn: x, slowest }: { turn: Turn; slowest: number }) {
  const best = x.intent?.intent;
  return (
    <li>
      {x.said && <p class="trace-said">{t("word.quote", { text: masked(x.said) })}</p>}
      {best && <p><Score name={known("intent", best.name)} score={best.confidence} label={percent(best.confidence)} />{others(x.intent)}</p>}
      {x.decisions.map((d) => (
        <p key={d.seq} class="trace-rule">
          {d.outcome && <strong>{known("does", d.outcome.does)}{d.outcome.queue ? ` ${known("queue", d.outcome.queue)}` : ""}{d.outcome.slot ? ` (${d.outcome.slot})` : ""}</strong>}{d.outcome && d.reason ? " · " : ""}{d.reason && said(d.reason)}
        </p>
      ))}
      {x.waterfall && <Fall w={x.waterfall} slowest={slowest} why={x.why} />}
    </li>
  );
}

function others(e: Entry | undefined) {
  const rest = (e?.top ?? []).slice(1, 3);
  return rest.length ? <small class="rivals"> {rest.map((s) => `${known("intent", s.name)} ${percent(s.confidence)}`).join(", ")}</small> : null;
}

const steps: { name: string; ms: (w: Waterfall) => number }[] = [
  { name: "endpoint", ms: (w) => w.endpoint_ms },
  { name: "final", ms: (w) => w.final_ms },
  { name: "intent", ms: (w) => w.intent_ms },
  { name: "webhook", ms: (w) => w.webhook_ms ?? 0 },
  { name: "audio", ms: (w) => w.audio_ms },
  { name: "wire", ms: (w) => w.wire_ms },
];

/** Fall is one answer's time, step after step, on a scale shared by all turns. */
function Fall({ w, slowest, why }: { w: Waterfall; slowest: number; why?: string }) {
  const told = steps.filter((s) => s.ms(w) > 0).map((s) => `${known("step", s.name)} ${s.ms(w)} ms`).join(", ");
  return (
    <div class="fall" title={told}>
      <div class="fall-bar" role="img" aria-label={told}>
        {steps.map((s) => <i key={s.name} class={`step step-${s.name}`} style={{ inlineSize: `${(100 * s.ms(w)) / slowest}%` }} />)}
      </div>
      <span class="number">{w.total_ms} ms</span>
      {why && <small>{said(why)}</small>}
    </div>
  );
}
