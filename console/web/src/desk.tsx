// An agent's place of work: a phone, and beside it who calls and why, before the call is
// answered.
import { computed, effect, signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { get } from "./api";
import { Callbacks } from "./callbacks";
import { agents, useFeed } from "./feed";
import { known, languageName, t } from "./i18n";
import { useKeptFocus } from "./keptfocus";
import { Keypad } from "./keypad";
import { hasMicrophone } from "./microphone";
import { Empty, Fact, once, State } from "./parts";
import type { AskState, Phone, PhoneState, Talk } from "./phone";
import type { Pop } from "./pop";
import { engaged, ring, tune } from "./ring";
import { masked } from "./said";
import { inUse, session } from "./session";
import { maySet, SetState } from "./setstate";
import { agentMark } from "./states";

const state = signal<PhoneState>("offline");
const talk = signal<Talk | undefined>(undefined);
const pop = signal<Pop | undefined>(undefined);
const user = signal(""); // of the phone

let phone: Phone | undefined; // it outlives the page: an agent may look at the wallboard
const sound = new Audio();

// An agent may wait for a call for hours, and in another window.
const on = computed(() => state.value === "ready" || state.value === "connecting");
effect(() => (on.value ? inUse() : undefined));

// Who was signed out is rung no more; a call that is on has its end first.
effect(() => {
  if (session.value.kind === "out" && !engaged.value) stop();
});

function stop(): void {
  phone?.stop();
  phone = undefined;
  if (on.peek()) state.value = "offline";
}

// Of several tabs with one phone the line would ring any: the one that was started last has it.
const tabs = new BroadcastChannel("callward.phone");
const elsewhere = signal(false);
tabs.onmessage = (e: MessageEvent<string>) => (elsewhere.value ||= on.value && e.data === user.value);
effect(() => {
  if (!elsewhere.value || engaged.value) return;
  stop();
  state.value = "elsewhere";
});

const marks = { offline: "off", connecting: "wrap", ready: "good", refused: "bad", microphone: "bad", elsewhere: "off" } as const;
const talkMarks = { ringing: "ring", talking: "busy", held: "pause", over: "off" } as const;

async function look(call: string | undefined): Promise<void> {
  pop.value = undefined;
  if (!call) return;
  const found = await get<Pop>(`/api/v1/agents/${encodeURIComponent(user.value)}/call`).catch(() => undefined);
  if (found?.call === call && talk.value?.call === call) pop.value = found;
}

function changed(now: Talk): void {
  const another = now.call !== talk.value?.call;
  talk.value = now;
  ring(now.state === "ringing" ? now.caller : undefined);
  engaged.value = now.state === "talking" || now.state === "held";
  if (now.state === "over") removeEventListener("beforeunload", stay);
  else addEventListener("beforeunload", stay);
  if (another) void look(now.call);
}

/** stay has the browser ask before a page is left whose caller would hear nobody any more. */
function stay(e: BeforeUnloadEvent): void {
  e.preventDefault();
}

async function start(e: SubmitEvent): Promise<void> {
  e.preventDefault();
  const form = new FormData(e.currentTarget as HTMLFormElement);
  tune();
  if (!(await hasMicrophone())) {
    state.value = "microphone";
    return;
  }
  const { Phone } = await import("./phone"); // nobody else needs its weight
  stop();
  user.value = String(form.get("name"));
  const begun = new Phone(user.value, String(form.get("password")), {
    phone: (s) => {
      if (phone === begun) state.value = s;
    },
    talk: changed,
    sound: (stream) => {
      sound.srcObject = stream;
      void sound.play().catch(() => undefined);
    },
  });
  phone = begun;
  elsewhere.value = false;
  tabs.postMessage(user.value);
  begun.start();
}

/** Mine is the reader's own state: of the agent whose phone this is, or that their account is. */
function Mine() {
  useFeed();
  const name = user.value || (session.value.kind === "in" ? session.value.session.agent ?? "" : "");
  const me = agents.value.find((a) => a.name === name);
  if (!me || !maySet(name)) return null;
  return (
    <section class="card" aria-labelledby="mine">
      <header>
        <h2 id="mine">{t("desk.mine")}</h2>
        <State mark={agentMark(me.state)}>{known("agent", me.state)}{me.reason ? ` · ${known("reason", me.reason)}` : ""}</State>
      </header>
      <SetState agent={me} />
    </section>
  );
}

export default function Desk() {
  const now = talk.value;
  const box = useKeptFocus<HTMLElement>();
  return (
    <>
      <div class="head">
        <h1>{t("nav.desk")}</h1>
        <span role="status">
          <State mark={marks[state.value]}>{t(`desk.phone.${state.value}`)}</State>
        </span>
        {on.value && !engaged.value && (
          <button type="button" onClick={stop}>
            {t("desk.stop")}
          </button>
        )}
      </div>
      {!on.value && <Start />}
      {now ? (
        <div class="columns">
          <section class="card" ref={box} tabIndex={-1}>
            <div class="head" role="alert">
              <State mark={talkMarks[now.state]}>{t(`desk.talk.${now.state}`)}</State>
              <strong>{now.caller}</strong>
            </div>
            <Controls now={now} />
          </section>
          <ScreenPop />
        </div>
      ) : (
        state.value === "ready" && <Empty icon="desk" title={t("desk.idle")} text={t("desk.idle.do")} />
      )}
      <Mine />
      <Callbacks />
    </>
  );
}

function Start() {
  return (
    <form class="card" onSubmit={(e) => void start(e)}>
      <div class="phone-form">
        <label class="field">
          {t("desk.name")}
          <input name="name" required autocomplete="username" autocapitalize="none" spellcheck={false} defaultValue={user.value} />
        </label>
        <label class="field">
          {t("desk.password")}
          <input name="password" type="password" required autocomplete="current-password" />
        </label>
        <button type="submit" id="register" class="main">
          {t("desk.register")}
        </button>
      </div>
      <small class="quiet">{t("desk.which")}</small>
    </form>
  );
}

function Controls({ now }: { now: Talk }) {
  if (now.state === "over") return now.unheard ? <p class="failure">{t("desk.unheard")}</p> : null;
  if (now.state === "ringing") {
    return (
      <div class="talk" key="ringing">
        <button type="button" id="answer" class="main" onClick={() => phone?.answer()}>
          {t("desk.answer")}
        </button>
        <button type="button" id="decline" class="danger" onClick={() => phone?.hangUp()}>
          {t("desk.decline")}
        </button>
      </div>
    );
  }
  const held = now.state === "held";
  return (
    <>
      <div class="talk" key="talking">
        <button type="button" id="hold" aria-pressed={held} onClick={(e) => once(e) && phone?.hold(!held)}>
          {t("desk.hold")}
        </button>
        <button type="button" id="mute" aria-pressed={now.muted} onClick={() => phone?.mute(!now.muted)}>
          {t("desk.mute")}
        </button>
        <button type="button" id="end" class="danger" onClick={(e) => once(e) && phone?.hangUp()}>
          {t("desk.end")}
        </button>
      </div>
      <Keypad onPress={(key) => phone?.press(key)} />
      {now.ask ? <Asked state={now.ask} /> : <Transfer />}
      <p role="status" class={now.sent?.failed ? "failure" : "quiet"}>{now.sent && t(now.sent.failed ? "desk.sent.failed" : "desk.sent", { to: now.sent.to })}</p>
    </>
  );
}

function Transfer() {
  const to = useRef<HTMLInputElement>(null);
  return (
    <form
      class="transfer"
      onSubmit={(e) => {
        e.preventDefault();
        if (to.current) phone?.transfer(to.current.value.trim());
      }}
    >
      <label class="field">
        {t("desk.transferTo")}
        <input name="to" required autocomplete="off" ref={to} />
      </label>
      <button type="submit">{t("desk.transfer")}</button>
      <button type="button" id="ask" onClick={() => to.current?.reportValidity() && phone?.ask(to.current.value.trim())}>
        {t("desk.ask")}
      </button>
    </form>
  );
}

/** Asked is a colleague who is asked before the caller is handed over. */
function Asked({ state }: { state: AskState }) {
  return (
    <div class="talk" role="status">
      <State mark={talkMarks[state]}>{t(`desk.ask.${state}`)}</State>
      <button type="button" id="handover" class="main" disabled={state !== "talking"} onClick={() => phone?.handOver()}>
        {t("desk.handOver")}
      </button>
      <button type="button" id="back" onClick={() => phone?.giveUp()}>
        {t("desk.back")}
      </button>
    </div>
  );
}

function ScreenPop() {
  const p = pop.value;
  if (!p) return null;
  return (
    <section class="card pop" aria-label={t("desk.pop")}>
      <h2>{t("desk.pop")}</h2>
      <dl class="facts">
        <Fact name={t("desk.caller")}>{p.caller}</Fact>
        {p.intent && <Fact name={t("desk.intent")}>{known("intent", p.intent.name)}</Fact>}
        {p.queue && <Fact name={t("desk.queue")}>{known("queue", p.queue)}</Fact>}
        {p.language && <Fact name={t("desk.language")}>{languageName(p.language)}</Fact>}
      </dl>
      {p.summary && <p class="pop-summary">{masked(p.summary)}</p>}
      {p.skills && <p>{p.skills.map((s) => <span key={s} class="chip">{s}</span>)}</p>}
      {p.said.length > 0 && (
        <>
          <h3>{t("desk.said")}</h3>
          <ol class="said">
            {p.said.map((e, i) => (
              <li key={i} class={e.kind === "bot.said" ? "bot" : "caller"}>
                {masked(e.text)}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
