// What an agent is doing, set by hand: available, paused and why, logged out, and the end of
// wrap-up with how the call ended.
import { useState } from "preact/hooks";
import { Problem, send } from "./api";
import { known, t } from "./i18n";
import { Failure } from "./parts";
import { session } from "./session";
import type { Agent } from "./types";

const reasons = ["break", "lunch", "meeting", "training"];
const dispositions = ["solved", "follow_up", "passed_on", "wrong_number", "no_answer"];

/** maySet reports whether the reader's roles give a hope of it; the server has the last word. */
export function maySet(agent: string): boolean {
  const who = session.value;
  if (who.kind !== "in") return who.kind === "open";
  const roles = who.session.roles;
  return roles.includes("supervisor") || roles.includes("admin") || (roles.includes("agent") && who.session.agent === agent);
}

export function SetState({ agent: a }: { agent: Agent }) {
  const [done, setDone] = useState("");
  const [error, setError] = useState<Error>();
  const [reason, setReason] = useState(reasons[0]!);
  const [ending, setEnding] = useState("");
  const [choosing, setChoosing] = useState(false); // wrap-up may run out meanwhile: what is in the reader's hand stays there
  const ask = (what: "state" | "wrap-up", body: object, say: string) => {
    setDone("");
    setError(undefined);
    send("POST", `/api/v1/agents/${encodeURIComponent(a.name)}/${what}?tenant=${encodeURIComponent(a.tenant)}`, body).then(() => {
      setDone(say);
      setChoosing(false);
      setEnding("");
    }, (e: Error) => setError(refusal(e, body)));
  };
  const state = (state: string, word: string, why?: string) => ask("state", why ? { state, reason: why } : { state }, t("agents.set", { name: a.name, state: word }));
  const wrapUp = () => {
    const say = t(a.state === "wrapup" ? "agents.wrapped" : "agents.disposition.noted");
    ask("wrap-up", ending ? { disposition: ending } : {}, t("word.about", { what: a.name, about: say }));
  };
  return (
    <div class="setstate">
      {(a.state === "wrapup" || choosing) && (
        <div class="setstate-row" onFocusIn={() => setChoosing(true)}>
          <Choice label={t("agents.disposition")} prefix="disposition" words={["", ...dispositions]} value={ending} onChange={setEnding} />
          <button type="button" class="main" onClick={wrapUp}>{t(a.state === "wrapup" ? "agents.wrapup.end" : "agents.disposition.note")}</button>
        </div>
      )}
      <div class="setstate-row">
        <button type="button" aria-pressed={a.state === "available"} onClick={() => state("available", t("agent.available"))}>{t("agents.available")}</button>
        <button type="button" aria-pressed={a.state === "offline"} onClick={() => state("logged_out", t("agent.offline"))}>{t("agents.logout")}</button>
      </div>
      <div class="setstate-row">
        <Choice label={t("agents.reason")} prefix="reason" words={reasons} value={reason} onChange={setReason} />
        <button type="button" aria-pressed={a.state === "paused"} onClick={() => state("paused", t("agent.paused"), reason)}>{t("agents.pause")}</button>
      </div>
      <p role="status" class="quiet">{done}</p>
      {error && <Failure error={error} />}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  prefix: string;
  words: string[];
  value: string;
  onChange: (word: string) => void;
}

function Choice({ label, prefix, words, value, onChange }: ChoiceProps) {
  return (
    <label class="field">
      {label}
      <select value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {words.map((w) => <option key={w} value={w}>{w ? known(prefix, w) : t("agents.disposition.none")}</option>)}
      </select>
    </label>
  );
}

function refusal(e: Error, body: object): Error {
  if (!(e instanceof Problem)) return e;
  if (e.status === 403) return new Error(t("agents.refused.role"));
  if (e.status === 404) return new Error(t("disposition" in body ? "agents.refused.disposition" : "agents.refused.none"));
  return e;
}
