// What a supervisor may do with a call that goes on: listen, whisper, barge in, take over,
// hand back, leave. The server knows who may; what it refuses is said here.
import { useState } from "preact/hooks";
import { agents } from "./feed";
import { t } from "./i18n";
import { useKeptFocus } from "./keptfocus";
import type { MarkName } from "./icons";
import { Failure, State } from "./parts";
import { person } from "./said";
import { session } from "./session";
import { type Mode, modes, type Supervision, type Supervisors, useSupervisors } from "./supervisors";
import { aboutNote } from "./transcript";
import type { Call, Entry } from "./types";

const marks: Record<Mode, MarkName> = { listen: "wrap", whisper: "wrap", barge: "busy", "take-over": "busy", "hand-back": "wrap" };
const most = 3; // on a call at once
const kept = "callward.phone";

export function Actions({ call, entries }: { call: Call; entries: Entry[] }) {
  const all = useSupervisors(call.call, entries);
  const box = useKeptFocus<HTMLElement>();
  if (!all.on) return null;
  return (
    <section class="card" aria-labelledby="supervise" aria-busy={all.busy} ref={box} tabIndex={-1}>
      <header>
        <h2 id="supervise">{t("supervise.title")}</h2>
        <p role="status" class="quiet">{sentence(all.on, entries)}</p>
      </header>
      {all.on.map((s) => <Part key={s.id} call={call} part={s} all={all} />)}
      {all.on.length < most && !all.on.some((s) => s.by === me()) && <Enter call={call} all={all} />}
      {all.error && <Failure error={all.error} />}
    </section>
  );
}

const me = () => (session.value.kind === "in" ? session.value.session.name : "");

/** sentence tells who is there, or what became of the last who was. */
function sentence(on: Supervision[], entries: Entry[]): string {
  if (on.length > 0) return on.map((s) => t("word.about", { what: where(s), about: what(s) })).join(" · ");
  const last = entries.findLast((e) => e.kind === "supervision.ended");
  return last ? t("word.about", { what: t("note.supervision.ended"), about: aboutNote(last) }) : t("supervise.nobody");
}

const what = (s: Supervision) => (s.on ? t(`supervise.does.${s.mode}`) : t(s.browser ? "supervise.connects" : "supervise.rings"));

const where = (s: Supervision) => (s.browser && s.phone === me() ? t("supervise.browser") : person(s.phone));

/** possible is what the call allows as far as the page can tell. */
function possible(call: Call, mode: Mode): boolean {
  if (mode === "whisper" || mode === "barge") return call.state === "bridged";
  return mode !== "take-over" || (call.state !== "ringing" && call.state !== "opening");
}

function Part({ call, part: s, all }: { call: Call; part: Supervision; all: Supervisors }) {
  const has = s.on && s.mode === "take-over";
  return (
    <div class="supervisor" role="group" aria-label={where(s)}>
      <State mark={s.on ? marks[s.mode] : "ring"}>{what(s)}</State>
      <span><strong class="name">{where(s)}</strong> <small>{t("word.by", { who: person(s.by) })}</small></span>
      <span class="supervise-do">
        {s.by !== me() ? null : has ? (
          <button type="button" class="main" value="hand-back" onClick={() => all.change(s, "hand-back")}>{t("supervise.hand-back")}</button>
        ) : (
          modes.map((m) => (
            <button type="button" key={m} value={m} aria-pressed={s.mode === m} disabled={!possible(call, m)} onClick={() => all.change(s, m)}>{t(`supervise.${m}`)}</button>
          ))
        )}
        <button type="button" class="danger" onClick={() => all.end(s)}>{t(has ? "supervise.leave.ends" : "supervise.leave")}</button>
      </span>
    </div>
  );
}

/** Enter is the way onto the call: in this browser, or on a phone that is called. */
function Enter({ call, all }: { call: Call; all: Supervisors }) {
  const [called, setCalled] = useState(Boolean(localStorage.getItem(kept)));
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const mode = (e.submitter as HTMLButtonElement).value as Mode;
    const phone = String(new FormData(e.currentTarget as HTMLFormElement).get("phone") ?? "").trim();
    localStorage.setItem(kept, phone);
    if (called) all.begin(mode, phone);
    else all.join(mode);
  };
  return (
    <form class="supervise-form" onSubmit={submit}>
      <label class="check">
        <input type="checkbox" name="called" checked={called} aria-describedby="supervise-how" onChange={(e) => setCalled(e.currentTarget.checked)} />
        {t("supervise.called")}
      </label>
      {called && (
        <label class="field">
          {t("supervise.phone")}
          <input name="phone" list="supervise-phones" required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} defaultValue={localStorage.getItem(kept) ?? ""} />
        </label>
      )}
      <datalist id="supervise-phones">{agents.value.map((a) => <option key={`${a.tenant}/${a.name}`} value={a.name} />)}</datalist>
      <span class="supervise-do">
        {modes.map((m) => <button type="submit" key={m} value={m} disabled={!possible(call, m)}>{t(`supervise.${m}`)}</button>)}
      </span>
      <small id="supervise-how" class="quiet">{t(called ? "supervise.called.how" : "supervise.browser.how")} {t("supervise.late")}</small>
    </form>
  );
}
