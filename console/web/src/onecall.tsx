// One call, as it goes or as it went: what was said, what was decided and why, how fast, and
// how it sounded.
import { useEffect, useState } from "preact/hooks";
import { get, Problem } from "./api";
import { Actions } from "./actions";
import { Entries, Recording } from "./entries";
import { elapsed, useFeed } from "./feed";
import { Icon } from "./icons";
import { clock, dateTime, decimal, known, languageName, percent, t } from "./i18n";
import { kinds, renews } from "./journal";
import { Fact, Failure, Score, State, Trust } from "./parts";
import { person, said } from "./said";
import { stillIn } from "./session";
import { callMark, stateOf } from "./states";
import { listen } from "./stream";
import { Trace } from "./trace";
import { Transcript } from "./transcript";
import type { Call, Entry } from "./types";

/** useCall reads a call and follows its journal to its end. */
function useCall(id: string): { call?: Call; entries: Entry[]; error?: Error } {
  const [call, setCall] = useState<Call>();
  const [entries, setEntries] = useState<Entry[]>([]);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const stop = new AbortController();
    let close = () => {};
    let last = "";
    const read = () => get<Call>(`/api/v1/calls/${encodeURIComponent(id)}`, stop.signal);
    const over = () => {
      close();
      clearInterval(look);
    };
    const begin = (c: Call) => {
      close();
      setError(undefined);
      setCall(c);
      setEntries(c.journal ?? []);
      if (c.ended) return over();
      last = String(c.journal?.at(-1)?.seq ?? 0);
      const take = (e: MessageEvent<string>) => {
        const entry = JSON.parse(e.data) as Entry;
        last = e.lastEventId;
        setEntries((was) => [...was, entry]);
        if (renews.has(entry.kind)) read().then(setCall, () => {});
        if (entry.kind === "call.ended") over();
      };
      close = listen({
        url: () => `/api/v1/events?call=${encodeURIComponent(id)}&after=${last}`,
        on: { ...Object.fromEntries(kinds.map((k) => [k, take])), "stream.missed": () => void read().then(begin, gone) },
      });
    };
    // A call that nobody knows any more, as after a restart, or that is not for this reader any
    // more, is not shown as one that goes on. Any other fault passes.
    const gone = (e: Error) => {
      if (!(e instanceof Problem) || ![401, 403, 404].includes(e.status)) return;
      over();
      setError(e);
      void stillIn();
    };
    read().then(begin, (e: Error) => e.name !== "AbortError" && setError(e));
    const look = setInterval(() => read().then((c) => (c.ended || last === "" ? begin(c) : setCall(c)), gone), 5000);
    return () => {
      stop.abort();
      over();
    };
  }, [id]);
  return { call, entries, error };
}

export function OneCall({ id, back }: { id: string; back: string }) {
  useFeed();
  const { call, entries, error } = useCall(id);
  if (error) return <><Back to={back} /><h1>{t("call.title")}</h1><Failure error={error} /></>;
  if (!call) return <p class="quiet">{t("shell.loading")}</p>;
  return (
    <>
      <Back to={back} />
      <div class="head">
        <h1>{call.caller || t("word.unknown")}</h1>
        <State mark={callMark(stateOf(call))}>{known("state", stateOf(call))}</State>
      </div>
      <Facts call={call} />
      {!call.ended && <Actions call={call} entries={entries} />}
      <div class="onecall">
        <Transcript entries={entries} live={!call.ended} />
        <div class="stack">
          <Trace entries={entries} />
          <SoundCard call={call} />
          {call.ended && <Recording call={call} entries={entries} />}
        </div>
      </div>
      <Entries call={call} entries={entries} />
    </>
  );
}

function Back({ to }: { to: string }) {
  return <a class="back" href={to} data-internal><Icon name="back" size={14} /> {t(to === "/live" ? "nav.live" : "nav.calls")}</a>;
}

function Facts({ call: c }: { call: Call }) {
  const length = c.ended ? (Date.parse(c.ended) - Date.parse(c.started)) / 1000 : elapsed(c.started);
  return (
    <dl class="summary summary-text">
      <Fact name={t("word.length")}>{clock(length)}</Fact>
      <Fact name={t("word.began")}>{dateTime(c.started)}</Fact>
      <Fact name={t("word.language")}>{languageName(c.language)}</Fact>
      <Fact name={t("word.intent")}>{c.intent ? <Score name={known("intent", c.intent.name)} score={c.intent.confidence} label={percent(c.intent.confidence)} /> : "–"}</Fact>
      <Fact name={t("call.trust")}><Trust level={c.trust} long /></Fact>
      <Fact name={t("word.queue")}>{c.queue ? known("queue", c.queue) : "–"}</Fact>
      <Fact name={t(c.taken_over ? "outcome.supervisor" : "word.agent")}>{c.agent ? person(c.agent) : "–"}</Fact>
      {c.cause && <Fact name={t("call.cause")}>{said(c.cause)}</Fact>}
    </dl>
  );
}

function SoundCard({ call }: { call: Call }) {
  const s = call.sound;
  return (
    <section class="card">
      <header>
        <h2>{t("sound.title")}</h2>
        {s?.mos ? <State mark={s.mos >= 3.6 ? "good" : s.mos >= 3 ? "late" : "bad"}>{t(s.mos >= 3.6 ? "sound.good" : s.mos >= 3 ? "sound.fair" : "sound.poor")}</State> : null}
      </header>
      {s ? (
        <dl class="facts">
          <Fact name="MOS" title={t("sound.mos.what")}>{s.mos ? decimal(s.mos) : "–"}</Fact>
          <Fact name={t("sound.codec")}>{s.codec}</Fact>
          <Fact name={t("sound.lost")}>{percent(s.lost, 1)}</Fact>
          <Fact name={t("sound.lost.there")}>{percent(s.lost_there, 1)}</Fact>
          <Fact name={t("sound.jitter")}>{decimal(s.jitter_ms)} ms</Fact>
          <Fact name={t("sound.roundtrip")}>{s.round_trip_ms ? `${decimal(s.round_trip_ms, 0)} ms` : "–"}</Fact>
          <Fact name={t("sound.sealed")}>{t(s.protected ? "word.yes" : "word.no")}</Fact>
        </dl>
      ) : <p class="quiet">{t(call.ended ? "sound.unmeasured" : "sound.none")}</p>}
    </section>
  );
}
