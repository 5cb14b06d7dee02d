// Who is signed in. A server without sign-in answers 404: then all is open.
import { signal } from "@preact/signals";
import { get, Problem, send } from "./api";

export interface Session {
  name: string;
  roles: string[];
  tenants: string[];
}

export type State = { kind: "asking" } | { kind: "open" } | { kind: "out" } | { kind: "in"; session: Session };

export const session = signal<State>({ kind: "asking" });

export async function askSession(): Promise<void> {
  try {
    session.value = { kind: "in", session: await get<Session>("/api/v1/session") };
  } catch (e) {
    session.value = { kind: e instanceof Problem && e.status === 401 ? "out" : "open" };
  }
}

export async function signIn(name: string, passphrase: string, code: string): Promise<void> {
  await send("POST", "/api/v1/session", code ? { name, passphrase, code } : { name, passphrase });
  await askSession();
}

export async function welcome(token: string): Promise<void> {
  await send("POST", "/api/v1/session/bootstrap", { token });
  await askSession();
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/api/v1/session");
  session.value = { kind: "out" };
}
