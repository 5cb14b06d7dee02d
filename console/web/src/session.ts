// Who is signed in, and the ways in and out. A server without sign-in answers 404: then all
// is open.
import { signal } from "@preact/signals";
import { get, Problem, send } from "./api";
import { type Asked, find, make, type Wanted } from "./webauthn";

export interface Session {
  name: string;
  agent?: string; // whose state is theirs
  roles: string[];
  tenants: string[];
  setup?: boolean; // came by a link, and has nothing yet to sign in with again
}

export type State = { kind: "asking" } | { kind: "open" } | { kind: "out" } | { kind: "in"; session: Session };

export const session = signal<State>({ kind: "asking" });

const at = "/api/v1/session";

// Who was signed in here. What a page has read for one, its phone and its last caller among it, is
// not for the next: then the page begins anew.
let was: string | undefined;

export async function askSession(): Promise<void> {
  try {
    enter(await get<Session>(at));
  } catch (e) {
    const status = e instanceof Problem ? e.status : 0;
    if (status === 401) session.value = { kind: "out" };
    else if (status === 404) session.value = { kind: "open" };
    else setTimeout(() => void askSession(), again); // it cannot be told just now: the server starts, or the network is away
  }
}

const again = 3000; // ms

function enter(now: Session): void {
  if (was !== undefined && was !== now.name) return location.replace("/");
  was = now.name;
  session.value = { kind: "in", session: now };
}

/** stillIn sees whether the reader's session has ended, as with a server that was restarted, or has other roles. */
export async function stillIn(): Promise<void> {
  try {
    const now = await get<Session>(at);
    if (session.value.kind === "in" && JSON.stringify(now) !== JSON.stringify(session.value.session)) enter(now);
  } catch (e) {
    if (e instanceof Problem && e.status === 401 && session.value.kind === "in") session.value = { kind: "out" };
  }
}

const useEvery = 5 * 60_000; // ms: a session that nobody uses ends after an hour

/** inUse keeps the session from idling while something is on that needs no hand for hours, and gives what ends that. */
export function inUse(): () => void {
  const use = setInterval(() => void stillIn(), useEvery);
  return () => clearInterval(use);
}

/** hasEnded reports that somebody was signed in here, and is no more. */
export const hasEnded = () => session.value.kind === "out" && was !== undefined;

/** Ways is how people may sign in here. */
export interface Ways {
  passphrase: boolean;
  oidc: boolean;
  saml: boolean;
}

export const askWays = () => get<Ways>(`${at}/ways`);

/** These are gone to, not fetched: they lead to an identity provider and back. */
export const providerPath = `${at}/oidc`;
export const samlPath = `${at}/saml`;

export async function signIn(name: string, passphrase: string, code: string): Promise<void> {
  await send("POST", at, code ? { name, passphrase, code } : { name, passphrase });
  await askSession();
}

export async function signInByKey(): Promise<void> {
  const asked = await send<Asked>("POST", `${at}/passkey/options`);
  if (asked) await send("POST", `${at}/passkey`, await find(asked));
  await askSession();
}

export async function welcome(token: string): Promise<void> {
  await send("POST", `${at}/bootstrap`, { token });
  await askSession();
}

export async function setPassphrase(passphrase: string): Promise<void> {
  await send("PUT", `${at}/passphrase`, { new: passphrase });
  await askSession();
}

/** addKey keeps a passkey of this device for who is signed in. */
export async function addKey(name: string): Promise<void> {
  const wanted = await send<Wanted>("POST", `${at}/passkeys/options`);
  if (wanted) await send("POST", `${at}/passkeys?name=${encodeURIComponent(name)}`, await make(wanted));
  await askSession();
}

export async function signOut(): Promise<void> {
  await send("DELETE", at);
  location.replace("/signin");
}
