// The journal of a call, entry by entry, as explain and replay read it; and what there is to
// hear of the call.
import { Icon } from "./icons";
import { clock, count, known, percent, t, timeOfDay } from "./i18n";
import { mutes } from "./mutes";
import { masked, said } from "./said";
import type { Call, Entry } from "./types";

export function Entries({ call, entries }: { call: Call; entries: Entry[] }) {
  return (
    <details class="card entries">
      <summary><h2>{t("entries.title")}</h2> <span class="quiet">{t("entries.count", { count: count(entries.length) })}</span></summary>
      <p><a class="button" href={`/api/v1/calls/${encodeURIComponent(call.call)}`}><Icon name="calls" size={14} /> {t("entries.json")}</a></p>
      <div class="scroll tall" tabIndex={0} role="region" aria-label={t("entries.title")}>
        <table>
          <thead><tr><th scope="col">{t("entries.when")}</th><th scope="col">{t("entries.kind")}</th><th scope="col">{t("entries.told")}</th></tr></thead>
          <tbody>
            {entries.map((e) => (
              <tr key={e.seq}>
                <td>{timeOfDay(e.time, true)}</td>
                <td><code>{e.kind}</code></td>
                <td class="told">{told(e)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** told is what an entry holds, in a line. */
function told(e: Entry): string {
  const o = e.outcome;
  return [
    e.text && t("word.quote", { text: masked(e.text) }),
    e.state && known("state", e.state),
    e.intent && `${known("intent", e.intent.name)} ${percent(e.intent.confidence)}`,
    o && [known("does", o.does), o.intent && known("intent", o.intent), o.slot, o.queue && known("queue", o.queue)].filter(Boolean).join(" "),
    e.queue && known("queue", e.queue), e.agent, e.reason && said(e.reason),
    e.position && `#${e.position}`,
    e.duration_ns && `${count(Math.round(e.duration_ns / 1e6))} ms`,
    e.waterfall && `${count(e.waterfall.total_ms)} ms`,
  ].filter(Boolean).join(" · ") || "–";
}

/** Recording says what there is to hear, which is nothing, and where it would be silent. */
export function Recording({ call, entries }: { call: Call; entries: Entry[] }) {
  const spans = mutes(entries, call.started, call.ended);
  return (
    <section class="card">
      <header><h2>{t("recording.title")}</h2></header>
      <p class="quiet">{t("recording.none")}</p>
      {entries.some((e) => e.kind === "message" && e.reason === "kept") && <p><a href="/messages" data-internal>{t("recording.message")}</a></p>}
      {spans.length > 0 && <p>{t("recording.muted", { spans: spans.map(([a, b]) => `${clock(a)}–${clock(b)}`).join(", ") })}</p>}
    </section>
  );
}
