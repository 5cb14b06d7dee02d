// Call the line from this page: one button, what is said, a keypad, how the sound fares.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Line, add } from "./captions";
import { decimal, percent, t } from "./i18n";
import { Keypad } from "./keypad";
import { Empty, Fact, once } from "./parts";
import { masked } from "./said";
import { type Ending, type Phase, type Quality, WebCall } from "./webcall";

const phase = signal<Phase>("idle");
const ending = signal<Ending | undefined>(undefined);
const lines = signal<Line[]>([]);
const quality = signal<Quality>({});
const muted = signal(false);
const keypad = signal(false);

let current: WebCall | undefined;

const words = { position: (n: number) => t("call.position", { n }), bridged: () => t("call.bridged") };

function begin(sound: HTMLAudioElement): void {
  ending.value = undefined;
  lines.value = [];
  quality.value = {};
  muted.value = false;
  current = new WebCall({
    phase: (now, why) => {
      phase.value = now;
      ending.value = why;
    },
    caption: (c) => (lines.value = add(lines.value, c, words)),
    quality: (q) => (quality.value = q),
    sound: (stream) => {
      sound.srcObject = stream;
      void sound.play().catch(() => undefined);
    },
  });
  void current.start(new URLSearchParams(location.search).get("to") ?? undefined);
}

function mute(): void {
  muted.value = !muted.value;
  current?.mute(muted.value);
}

export default function Call() {
  const sound = useRef<HTMLAudioElement>(null);
  useEffect(() => () => current?.end(), []);
  const busy = phase.value !== "idle" && phase.value !== "ended";
  return (
    <>
      <h1>{t("nav.call")}</h1>
      <p>{t("call.notice")}</p>
      <audio ref={sound} />
      <div class="talk">
        {busy ? (
          <button type="button" id="end" class="danger" onClick={(e) => once(e) && current?.end()}>
            {t("call.end")}
          </button>
        ) : (
          <button type="button" id="call" class="main" onClick={() => sound.current && begin(sound.current)}>
            {t("call.start")}
          </button>
        )}
        {phase.value === "talking" && (
          <>
            <button type="button" aria-pressed={muted.value} onClick={mute}>
              {t("call.mute")}
            </button>
            <button type="button" aria-expanded={keypad.value} onClick={() => (keypad.value = !keypad.value)}>
              {t("call.keypad")}
            </button>
          </>
        )}
        <span role="status" class="quiet">
          {ending.value ? t(`call.ending.${ending.value}`) : t(`call.phase.${phase.value}`)}
        </span>
      </div>
      <div class={busy ? "call-grid" : undefined}>
        <Captions />
        {busy && (
          <div class="stack">
            {keypad.value && <Keypad onPress={(key) => current?.press(key)} />}
            <Meter />
          </div>
        )}
      </div>
    </>
  );
}

function Captions() {
  const log = useRef<HTMLDivElement>(null);
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [lines.value]);
  if (lines.value.length === 0) return <Empty icon="phone" title={t("call.captions")} text={t("call.empty")} />;
  return (
    <section class="card">
      <div class="said-log" role="log" ref={log} tabIndex={0} aria-label={t("call.captions")}>
        <ol class="said">
          {lines.value.map((l, i) => (
            <li key={i} class={l.who} data-sure={l.sure} aria-hidden={!l.sure}>
              {l.who !== "aside" && <b>{t(`call.who.${l.who}`)}</b>}
              {masked(l.text)}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Meter() {
  const q = quality.value;
  return (
    <section class="card" aria-label={t("call.quality")}>
      <dl class="facts">
        <Fact name={t("call.codec")}>{q.codec ?? "–"}</Fact>
        <Fact name={t("call.roundTrip")}>{q.roundTripMs === undefined ? "–" : t("call.ms", { n: Math.round(q.roundTripMs) })}</Fact>
        <Fact name={t("call.lost")} late={(q.lost ?? 0) > 0.03}>
          {percent(q.lost, 1)}
        </Fact>
        <Fact name={t("call.mos")} late={(q.mos ?? 4.4) < 3.5}>
          {decimal(q.mos)}
        </Fact>
      </dl>
    </section>
  );
}
