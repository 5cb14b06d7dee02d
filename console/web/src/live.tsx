// Live calls: the list, and one of them as it goes.
import { calls, elapsed, useFeed } from "./feed";
import { clock, count, known, languageName, percent, t, timeOfDay } from "./i18n";
import { Link } from "./link";
import { OneCall } from "./onecall";
import { Empty, Score, State, Trust } from "./parts";
import { go, path } from "./route";
import { person } from "./said";
import { callMark, stateOf } from "./states";
import type { LiveCall } from "./types";

export default function Live() {
  const id = path.value.split("/")[2];
  return id ? <OneCall id={decodeURIComponent(id)} back="/live" /> : <List />;
}

function List() {
  useFeed();
  return (
    <>
      <div class="head">
        <h1>{t("nav.live")} <span class="count">{count(calls.value.length)}</span></h1>
        <Link />
      </div>
      {calls.value.length === 0 ? (
        <Empty icon="live" title={t("live.none")} text={<>{t("live.none.do")} <a href="/call" data-internal>{t("nav.call")}</a></>} />
      ) : (
        <section class="card">
          <div class="scroll" tabIndex={0} role="region" aria-label={t("nav.live")}>
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">{t("word.caller")}</th>
                  <th scope="col">{t("word.state")}</th>
                  <th scope="col" class="number">{t("word.length")}</th>
                  <th scope="col">{t("word.began")}</th>
                  <th scope="col">{t("word.language")}</th>
                  <th scope="col">{t("word.intent")}</th>
                  <th scope="col">{t("live.where")}</th>
                </tr>
              </thead>
              <tbody>{calls.value.map((c) => <Row key={`${c.tenant}/${c.call}`} call={c} />)}</tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}

function Row({ call: c }: { call: LiveCall }) {
  const to = `/live/${encodeURIComponent(c.call)}`;
  return (
    <tr onClick={(e) => (e.target as Element).closest("a") || go(to)}>
      <th scope="row"><a href={to} data-internal>{c.caller || t("word.unknown")}</a> <Trust level={c.trust} /></th>
      <td><State mark={callMark(stateOf(c))}>{known("state", stateOf(c))}</State></td>
      <td class="number">{clock(elapsed(c.started))}</td>
      <td>{timeOfDay(c.started, true)}</td>
      <td>{languageName(c.language)}</td>
      <td>{c.intent ? <Score name={known("intent", c.intent)} score={c.score} label={percent(c.score)} /> : <span class="quiet">–</span>}</td>
      <td>{c.agent ? person(c.agent) : (c.queue ? known("queue", c.queue) : t("live.bot"))}</td>
    </tr>
  );
}
