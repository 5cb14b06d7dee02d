// What the reader's roles give a hope of, so that pages offer nothing in vain. The server has
// the last word, and writes down what it refuses.
import { session } from "./session";

/** holds reports whether the reader has one of some roles, somewhere. */
export function holds(...roles: string[]): boolean {
  const who = session.value;
  return who.kind === "in" ? roles.some((r) => who.session.roles.includes(r)) : who.kind === "open";
}

/** everywhere reports whether one of the reader's roles is in all tenants. */
export function everywhere(): boolean {
  const who = session.value;
  return who.kind === "in" ? who.session.tenants.includes("*") : who.kind === "open";
}
