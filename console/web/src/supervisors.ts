// The supervisors of a call: who they are, and what may be asked of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, Problem, send } from "./api";
import { BrowserLeg, NoMicrophone } from "./browserleg";
import { t } from "./i18n";
import { said } from "./said";
import type { Entry } from "./types";

export const modes = ["listen", "whisper", "barge", "take-over"] as const;
export type Mode = (typeof modes)[number] | "hand-back";

export interface Supervision {
  id: string;
  mode: Mode;
  phone: string;
  by: string;
  on: boolean; // has answered
  browser?: boolean; // came from a page
}

export interface Supervisors {
  on?: Supervision[]; // undefined: not for this reader, or the call is not held here
  busy: boolean;
  error?: Error;
  begin(mode: Mode, phone: string): void;
  join(mode: Mode): void; // from this browser
  change(s: Supervision, mode: Mode): void;
  end(s: Supervision): void;
}

/** useSupervisors reads them anew whenever the journal tells of one. */
export function useSupervisors(call: string, entries: Entry[]): Supervisors {
  const path = `/api/v1/calls/${encodeURIComponent(call)}/supervision`;
  const [on, setOn] = useState<Supervision[]>();
  const [busy, show] = useState(false);
  const working = useRef(false);
  const [error, setError] = useState<Error>();
  const wish = useRef<{ what: string; key: string } | undefined>(undefined);
  const leg = useRef<BrowserLeg | undefined>(undefined);
  const read = () => get<Supervision[]>(path).then((all) => tell(all), (e) => tell(undefined, e));
  const tell = (all?: Supervision[], e?: Error) => {
    setOn(all);
    if (all || e instanceof Problem) leg.current?.follow(all ?? []); // no answer at all says nothing
  };
  useEffect(() => void read(), [path, entries.findLast((e) => e.kind.startsWith("supervision"))?.seq]);

  useEffect(() => () => leg.current?.leave(), [path]); // nobody is on a call that is not seen

  // A button that is disabled while it works would lose the focus, so that what is asked meanwhile is not heard.
  const setBusy = (now: boolean) => show((working.current = now));

  const join = async (mode: Mode) => {
    if (working.current) return;
    leg.current?.leave();
    const mine = (leg.current = new BrowserLeg());
    setBusy(true);
    setError(undefined);
    try {
      await mine.start(`${path}/browser?mode=${mode}`);
    } catch (e) {
      mine.leave();
      setError(e instanceof NoMicrophone ? new Error(t("supervise.refused.microphone")) : refusal(e as Error, mode, true));
    }
    await read();
    setBusy(false);
  };

  const ask = async (method: "POST" | "PATCH" | "DELETE", at: string, body?: { mode: Mode; phone?: string }) => {
    if (working.current) return;
    const what = JSON.stringify([method, at, body]);
    // Asked again after no reply, it is the same wish: nobody is called twice.
    if (wish.current?.what !== what) wish.current = { what, key: crypto.randomUUID() };
    setBusy(true);
    setError(undefined);
    try {
      await send(method, path + at, body, wish.current.key);
      wish.current = undefined;
    } catch (e) {
      if (e instanceof Problem) wish.current = undefined;
      setError(refusal(e as Error, body?.mode));
    }
    await read();
    setBusy(false);
  };
  const one = (s: Supervision) => `/${encodeURIComponent(s.id)}`;
  return {
    on, busy, error,
    begin: (mode, phone) => void ask("POST", "", { mode, phone }),
    join: (mode) => void join(mode),
    change: (s, mode) => void ask("PATCH", one(s), { mode }),
    end: (s) => void ask("DELETE", one(s)),
  };
}

/** refusal says in the reader's words why it was not done. */
function refusal(e: Error, mode: Mode | undefined, browser = false): Error {
  if (!(e instanceof Problem)) return new Error(t("supervise.refused.silence"));
  switch (e.status) {
    case 403: return new Error(t("supervise.refused.role", { mode: mode ? t(`supervise.${mode}`) : t("supervise.leave") }));
    case 404: return new Error(t("supervise.refused.gone"));
    case 409: return new Error(said(e.message));
    case 422: return new Error(t(browser ? "supervise.refused.sound" : "supervise.refused.phone"));
    default: return e;
  }
}
