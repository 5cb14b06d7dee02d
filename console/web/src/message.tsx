// One message: who left it and what it says, its sound, and what may be done with it.
import { useEffect, useRef, useState } from "preact/hooks";
import { blob, worded } from "./api";
import { Icon, type MarkName } from "./icons";
import { clock, dateTime, known, languageName, t, timeOfDay } from "./i18n";
import { dialled, forget, handle, type Message, pathOf } from "./mailbox";
import { holds } from "./may";
import { Failure, State } from "./parts";
import { masked, person } from "./said";
import { session } from "./session";

const marks: Record<Message["state"], MarkName> = { new: "ring", taken: "busy", done: "good" };

const me = () => (session.value.kind === "in" ? session.value.session.name : "");

/** called is how a caller is named on the page. */
function called(m: Message): string {
  if (m.caller === "hidden" || m.caller === "anonymous") return t(`messages.${m.caller}`);
  return m.caller || t("word.unknown");
}

/** withheld reports whether a number would be shown to who takes the message. */
const withheld = (m: Message) => m.caller !== "" && m.caller !== "anonymous" && !dialled(m.caller);

function stateOf(m: Message): string {
  if (m.state === "new") return t("messages.state.new");
  const mine = m.state === "taken" && m.by === me();
  return t(mine ? "messages.state.mine" : `messages.state.${m.state}`, { who: person(m.by ?? ""), at: m.since ? timeOfDay(m.since) : "" });
}

/** refused puts a refusal in the reader's words. */
const refused = (e: Error) => worded(e, { 403: t("messages.refused.role"), 404: t("messages.refused.gone"), 409: t("messages.refused.taken") });

export function OneMessage({ message: m }: { message: Message }) {
  const [error, setError] = useState<Error>();
  const [deleting, setDeleting] = useState(false);
  const title = `message-${m.tenant}-${m.call}`;
  const about = (what: string) => t("word.about", { what, about: called(m) });
  const set = (state: Message["state"]) => {
    setError(undefined);
    handle(m, state).catch((e: Error) => setError(refused(e)));
  };
  return (
    <article class="card message" aria-labelledby={title}>
      <header>
        <h2 id={title}><span class="name" title={called(m)}>{called(m)}</span></h2>
        <span role="status"><State mark={marks[m.state]}>{stateOf(m)}</State></span>
      </header>
      <p class="message-about">
        <span class="chip">{known("queue", m.queue)}</span> {m.intent && <span class="chip">{known("intent", m.intent)}</span>}{" "}
        <time dateTime={m.left}>{t("messages.left", { at: dateTime(m.left) })}</time> · {clock(m.length_ms / 1000)} · {languageName(m.language)} · <a href={`/calls/${encodeURIComponent(m.call)}`} data-internal aria-label={about(t("messages.open"))}>{t("messages.open")}</a>
      </p>
      {m.summary && <p class="pop-summary" lang={m.language}>{masked(m.summary)}</p>}
      {m.text ? <blockquote lang={m.language}>{masked(m.text)}</blockquote> : <p class="quiet">{t("messages.notext")}</p>}
      {holds("supervisor", "listener", "dpo") && <Sound message={m} caller={called(m)} onFault={setError} />}
      {error && <Failure error={error} />}
      <p class="row">
        {holds("supervisor", "admin") && <Handle message={m} about={about} set={set} />}
        {holds("supervisor", "dpo", "admin") && <button type="button" class="danger" aria-haspopup="dialog" aria-label={about(t("messages.delete"))} onClick={() => setDeleting(true)}>{t("messages.delete")}</button>}
      </p>
      {deleting && <Delete message={m} onClose={() => setDeleting(false)} onFault={setError} />}
    </article>
  );
}

/** Handle is what comes next: one takes a message, calls back, and is done. */
function Handle({ message: m, about, set }: { message: Message; about: (what: string) => string; set: (state: Message["state"]) => void }) {
  const mine = m.state === "taken" && m.by === me();
  const number = mine && dialled(m.caller);
  const button = (state: Message["state"], what: string, main = false) => (
    <button type="button" class={main ? "main" : ""} value={state} aria-label={about(what)} onClick={() => set(state)}>{what}</button>
  );
  return (
    <>
      {m.state === "new" && button("taken", t(withheld(m) ? "messages.take.number" : "messages.take"), true)}
      {number && <a class="button" href={number}><Icon name="phone" size={14} /> {t("messages.call", { number: m.caller })}</a>}
      {(m.state === "new" || mine) && button("done", t("messages.done"), mine)}
      {m.state !== "new" && button("new", t("messages.back"))}
    </>
  );
}

/** Sound is fetched when it is asked for, once: each time is in the audit. */
function Sound({ message: m, caller, onFault }: { message: Message; caller: string; onFault: (e: Error | undefined) => void }) {
  const [url, setUrl] = useState<string>();
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    if (!url) return;
    player.current?.focus(); // where the button was
    return () => URL.revokeObjectURL(url);
  }, [url]);
  const play = () => {
    onFault(undefined);
    blob(pathOf(m, "/sound")).then((b) => setUrl(URL.createObjectURL(b)), (e: Error) => onFault(refused(e)));
  };
  if (url) return <audio ref={player} src={url} controls autoPlay aria-label={t("messages.sound", { caller })} />;
  return (
    <p>
      <button type="button" aria-label={t("word.about", { what: t("messages.play"), about: caller })} onClick={play}>
        <Icon name="play" size={14} /> {t("messages.play")}
      </button>
    </p>
  );
}

/** Delete asks again, in a dialog; Escape leaves it. */
function Delete({ message: m, onClose, onFault }: { message: Message; onClose: () => void; onFault: (e: Error) => void }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  const sure = () => {
    box.current?.close();
    // What had the focus goes with the message.
    forget(m).then(() => document.getElementById("main")?.focus(), (e: Error) => onFault(refused(e)));
  };
  return (
    <dialog ref={box} aria-labelledby="delete" onClose={onClose}>
      <h2 id="delete">{t("messages.delete.sure")}</h2>
      <p>{t("messages.delete.what")}</p>
      <p class="row">
        <button type="button" onClick={() => box.current?.close()}>{t("messages.delete.not")}</button>
        <button type="button" class="danger" onClick={sure}>{t("messages.delete")}</button>
      </p>
    </dialog>
  );
}
