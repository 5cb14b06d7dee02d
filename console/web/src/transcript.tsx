// What was said, redacted, line by line. Screen readers are told of final lines only: what
// may still change stands outside the log.
import { useEffect, useRef } from "preact/hooks";
import { known, t, timeOfDay } from "./i18n";
import { notes, speaks } from "./journal";
import { masked, said } from "./said";
import type { Entry } from "./types";

export function Transcript({ entries, live }: { entries: Entry[]; live: boolean }) {
  const lines = entries.filter((e) => e.kind in speaks || notes.has(e.kind));
  const last = entries.findLast((e) => e.kind === "caller.partial" || e.kind === "caller.said");
  const part = live && last?.kind === "caller.partial" ? last.text : "";
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = end.current?.parentElement;
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 160) box.scrollTop = box.scrollHeight;
  }, [lines.length, part]);
  return (
    <section class="card transcript">
      <header>
        <h2>{t("transcript.title")}</h2>
        <span class="quiet">{t("transcript.redacted")}</span>
      </header>
      <div class="lines" tabIndex={0} role="region" aria-label={t("transcript.title")}>
        <div role="log" aria-live={live ? "polite" : "off"} aria-relevant="additions">
          {lines.length === 0 && <p class="quiet">{t(live ? "transcript.yet" : "transcript.none")}</p>}
          {lines.map((e) => <Line key={e.seq} entry={e} />)}
        </div>
        {part && <p class="line line-caller line-part" aria-hidden="true"><span class="who-said">{t("said.caller")}</span><span>{masked(part)}…</span></p>}
        <div ref={end} />
      </div>
    </section>
  );
}

/** aboutNote is whom and what a note is about, and why. */
export function aboutNote(e: Entry): string {
  return [e.queue && known("queue", e.queue), e.agent, e.reason && said(e.reason), e.kind === "callback" && e.text].filter(Boolean).join(" · ");
}

function Line({ entry: e }: { entry: Entry }) {
  const who = speaks[e.kind];
  if (!who) {
    const about = aboutNote(e);
    return <p class="line-note"><time dateTime={e.time}>{timeOfDay(e.time, true)}</time> {about ? t("word.about", { what: known("note", e.kind), about }) : known("note", e.kind)}</p>;
  }
  const keyed = e.kind === "caller.keyed" || e.kind === "card";
  return (
    <p class={`line line-${who}`} lang={e.language}>
      <span class="who-said">{t(who === "bot" ? "said.bot" : keyed ? "said.keyed" : "said.caller")} <time dateTime={e.time}>{timeOfDay(e.time, true)}</time></span>
      <span class={keyed ? "mono" : ""}>{e.text ? masked(e.text) : t("said.nothing")}</span>
    </p>
  );
}
