// Words and figures in the reader's language. The catalogue of English gives the keys; a
// key that another catalogue lacks, or has too many, fails the type check.
import { effect, signal } from "@preact/signals";
import { en } from "./locale/en";
import { fr } from "./locale/fr";

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
export type Language = "en" | "fr";

/** unbroken: French has a space before these signs, at which no line may end. */
const unbroken = (c: Catalogue) =>
  Object.fromEntries(Object.entries(c).map(([key, text]) => [key, text.replace(/ (?=[:;?!»])|(?<=«) /g, "\u00a0")])) as Catalogue;

const catalogues: Record<Language, Catalogue> = { en, fr: unbroken(fr) };

const kept = "callward.language";

function preferred(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(kept);
  if (asked === "en" || asked === "fr") return asked;
  return navigator.languages.map((l) => l.slice(0, 2)).find((l): l is Language => l === "en" || l === "fr") ?? "en";
}

export const language = signal<Language>(preferred());

effect(() => {
  document.documentElement.lang = language.value;
  localStorage.setItem(kept, language.value);
});

/** t is the text of key; {names} in it are replaced by values, and {name:one|many} by the word that goes with a count. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return catalogues[language.value][key].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? "";
    return one === undefined ? String(value) : singular(Number(value)) ? one : many!;
  });
}

/** singular: none is so in French, and not in English. A count from a thousand on is written in groups, and no number any more. */
const singular = (n: number) => new Intl.PluralRules(language.value).select(n) === "one";

/** known is the text of `prefix.word`, or the word itself if the catalogue has none. */
export function known(prefix: string, word: string): string {
  const all = catalogues[language.value] as Record<string, string>;
  return all[`${prefix}.${word}`] ?? word.replaceAll("_", " ");
}

const none = "–";

export function count(n: number | undefined): string {
  return n === undefined ? none : new Intl.NumberFormat(language.value).format(n);
}

/** percent writes a share from 0 to 1; a share of nothing is a dash. */
export function percent(share: number | undefined, digits = 0): string {
  if (share === undefined) return none;
  return new Intl.NumberFormat(language.value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

export function decimal(n: number | undefined, digits = 1): string {
  if (n === undefined) return none;
  return new Intl.NumberFormat(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
}

/** clock writes seconds as 0:07, 12:04 or 1:02:03, which lines up in columns. */
export function clock(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return none;
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export function timeOfDay(at: string | Date, seconds = false): string {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, hourCycle: "h23" }).format(new Date(at));
}

export function dateTime(at: string | Date): string {
  return new Intl.DateTimeFormat(language.value, { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

export function languageName(tag: string | undefined): string {
  if (!tag) return none;
  try {
    return new Intl.DisplayNames(language.value, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // not a language tag
  }
}
