// The wallboard: each queue in figures, who is there, and how the day went so far.
import { useEffect, useState } from "preact/hooks";
import { raised, standing, targetOf, unread, waited } from "./alerts";
import { Curve } from "./chart";
import { agents, calls, days, queues, useFeed } from "./feed";
import { Icon } from "./icons";
import { clock, count, known, percent, t } from "./i18n";
import { Link } from "./link";
import { Empty, Fact, State } from "./parts";
import { query } from "./route";
import { inUse } from "./session";
import { agentMark, agentStates, withWhom } from "./states";
import type { Queue } from "./types";

export default function BoardPage() {
  useFeed();
  return (
    <>
      <div class="head">
        <h1>{t("nav.board")}</h1>
        <Link />
        <Wall />
      </div>
      {unread.value && <p class="failure" role="alert">{t("board.trouble")}</p>}
      <Told />
      <Summary />
      {queues.value.length === 0 ? (
        <Empty icon="board" title={t("board.none")} text={t("board.none.do")} />
      ) : (
        <div class="queues">{queues.value.map((q) => <QueueCard key={`${q.tenant}/${q.name}`} queue={q} />)}</div>
      )}
      <div class="columns board-foot">
        <Today />
        <AgentsByState />
      </div>
    </>
  );
}

/** Wall fills the screen with figures; /?wall does so from the start, in a window that is
 * full by itself. The screen does not go dark meanwhile. */
function Wall() {
  const kiosk = query.value.has("wall");
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-wall", full || kiosk);
    return () => document.documentElement.removeAttribute("data-wall");
  }, [full, kiosk]);
  useEffect(() => {
    if (!full && !kiosk) return;
    const lock = navigator.wakeLock?.request("screen").catch(() => undefined); // it is only polite
    const off = inUse(); // nobody touches a wall
    return () => {
      off();
      void lock?.then((l) => l?.release());
    };
  }, [full, kiosk]);
  if (kiosk) return null;
  return (
    <button type="button" onClick={() => void (full ? document.exitFullscreen() : document.documentElement.requestFullscreen())}>
      <Icon name="full" size={16} /> {t(full ? "board.window" : "board.wall")}
    </button>
  );
}

/** Summary is the whole house in one line. */
function Summary() {
  const sum = (f: (q: Queue) => number) => queues.value.reduce((n, q) => n + f(q), 0);
  const ended = days.value.reduce((n, d) => n + d.ended, 0);
  const contained = days.value.reduce((n, d) => n + d.contained, 0);
  const { bot, supervisors } = withWhom(calls.value);
  return (
    <dl class="summary" aria-label={t("board.summary")}>
      <Fact name={t("board.calls")}>{count(calls.value.length)}</Fact>
      <Fact name={t("board.withbot")}>{count(bot)}</Fact>
      <Fact name={t("board.waiting")}>{count(sum((q) => q.waiting))}</Fact>
      <Fact name={t("board.talking")}>{count(sum((q) => q.talking))}</Fact>
      {supervisors > 0 && <Fact name={t("board.taken")}>{count(supervisors)}</Fact>}
      <Fact name={t("board.free")}>{count(agents.value.filter((a) => a.state === "available").length)}</Fact>
      <Fact name={t("board.contained")} title={t("board.contained.what")}>{ended ? percent(contained / ended) : "–"}</Fact>
    </dl>
  );
}

/** Told tells screen readers of alerts, which others see on the cards. */
function Told() {
  return <p class="unseen" role="status" aria-label={t("board.alerts")}>{standing.value.map((a) => t("board.alert", { queue: known("queue", a.queue), what: t(`board.${a.what}`) })).join(". ")}</p>;
}

function QueueCard({ queue: q }: { queue: Queue }) {
  const target = targetOf(q);
  const late = raised("late", q);
  const low = raised("low", q);
  const free = q.agents["available"] ?? 0;
  const staffed = Object.entries(q.agents).reduce((n, [state, k]) => n + (state === "offline" ? 0 : k), 0);
  return (
    <section class={late || low ? "card queue queue-late" : "card queue"} aria-label={known("queue", q.name)}>
      <header>
        <h2>{known("queue", q.name)}</h2>
        {late ? <State mark="late">{t("board.late")}</State> : low ? <State mark="late">{t("board.low")}</State> : staffed === 0 ? <State mark="off">{t("board.nobody")}</State> : <State mark="good">{t("board.well")}</State>}
      </header>
      <dl class="heads">
        <Fact name={t("board.waiting")} late={late}>{count(q.waiting)}</Fact>
        <Fact name={t("board.longest")} late={late}>{clock(waited(q))}</Fact>
        <Fact name={t("board.expected")} title={t("board.expected.what")}>{q.expected_wait_ns ? `≈${clock(q.expected_wait_ns / 1e9)}` : "–"}</Fact>
        <Fact name={t("board.talking")}>{count(q.talking)}</Fact>
        <Fact name={t("board.free")}>{count(free)}<small> / {count(staffed)}</small></Fact>
        {q.callbacks > 0 && <Fact name={t("board.callbacks")}>{count(q.callbacks)}</Fact>}
      </dl>
      <Levels queue={q} low={low} target={target} />
      <dl class="facts">
        <Fact name={<abbr title={t("board.asa.what")}>{t("board.asa")}</abbr>}>{q.today.answered ? clock(q.today.asa_ns / 1e9) : "–"}</Fact>
        <Fact name={<abbr title={t("board.aht.what")}>{t("board.aht")}</abbr>}>{q.today.aht_ns ? clock(q.today.aht_ns / 1e9) : "–"}</Fact>
        <Fact name={t("board.answered")}>{count(q.today.answered)}</Fact>
        <Fact name={t("board.abandoned")}>{count(q.today.abandoned)} <small>{percent(q.today.abandon_rate)}</small></Fact>
        <Fact name={t("board.occupancy")}>{percent(q.today.occupancy)}</Fact>
      </dl>
    </section>
  );
}

/** Levels is the service level by its three formulas, each by its name. */
function Levels({ queue: q, low, target }: { queue: Queue; low: boolean; target: number }) {
  const levels = [
    { name: "sl_offered", value: q.today.sl_offered },
    { name: "sl_answered", value: q.today.sl_answered },
    { name: "sl_inclusive", value: q.today.sl_inclusive },
  ];
  return (
    <div class="levels">
      <h3>{t("board.level", { seconds: count(target) })}</h3>
      <ul>
        {levels.map((l, i) => (
          <li key={l.name} title={known("level", `${l.name}.what`)}>
            <span class="level-name">{known("level", l.name)}</span>
            <span class="level-bar" aria-hidden="true"><span class={low && i === 0 ? "late" : ""} style={{ inlineSize: `${(l.value ?? 0) * 100}%` }} /></span>
            <span class="level-value">{percent(l.value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Today() {
  return (
    <>
      {days.value.map((d) => (
        <section class="card" key={d.tenant}>
          <header>
            <h2>{t("board.today")}{days.value.length > 1 && ` · ${d.tenant}`}</h2>
            <span class="quiet">{t("board.today.sum", { calls: count(d.calls), contained: d.ended ? percent(d.contained / d.ended) : "–" })}</span>
          </header>
          {d.curve.length ? <Curve curve={d.curve} /> : <p class="quiet">{t("board.today.none")}</p>}
        </section>
      ))}
    </>
  );
}

function AgentsByState() {
  const by = new Map<string, number>();
  for (const a of agents.value) by.set(a.state, (by.get(a.state) ?? 0) + 1);
  return (
    <section class="card">
      <header>
        <h2>{t("nav.agents")}</h2>
        <a href="/agents" data-internal>{t("board.agents.all")}</a>
      </header>
      {agents.value.length === 0 ? (
        <p class="quiet">{t("agents.none.do")}</p>
      ) : (
        <ul class="tally">
          {agentStates.filter((s) => s !== "reserved").map((s) => {
            const n = (by.get(s) ?? 0) + (s === "ringing" ? (by.get("reserved") ?? 0) : 0);
            return (
              <li key={s} class={n ? "" : "quiet"}>
                <State mark={agentMark(s)}>{known("agent", s)}</State>
                <span class="tally-bar" aria-hidden="true">{agents.value.length <= 60 ? Array.from({ length: n }, (_, i) => <i key={i} />) : <b style={{ inlineSize: `${(100 * n) / agents.value.length}%` }} />}</span>
                <strong>{count(n)}</strong>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
