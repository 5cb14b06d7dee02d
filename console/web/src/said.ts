// What the server says in words of its own, of which the journal and the audit are made:
// reasons, alarms, causes, results and refusals. It says them in English. The French stands in
// locale/said.fr.json, by the texts as the code has them, {} for each value in them; a test
// of the server finds them all in its code.
import { fr } from "./locale/fr";
import table from "./locale/said.fr.json";
import { language } from "./i18n";

const texts: Record<string, string> = { ...table.words, ...table.said };
const actions: Record<string, string> = table.actions;
const names: Record<string, string> = fr;

interface Form {
  of: RegExp;
  french: string;
  weight: number; // how much of a text it is sure of
}

const literal = (s: string) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const forms: Form[] = Object.entries(table.said)
  .filter(([text]) => text.includes("{}"))
  .map(([text, french]) => (text.startsWith(" ") ? [`{}${text}`, `{}${french}`] : [text, french]).map((s) => s.replaceAll("{}{}", "{}")) as [string, string])
  .map(([text, french]) => ({ of: new RegExp(`^${text.split("{}").map(literal).join("(.+)")}$`, "s"), french, weight: text.replaceAll("{}", "").length }))
  .sort((a, b) => b.weight - a.weight);
// Whose it is, and what: the first colon parts them as well as the last.
forms.push({ of: /^(.+?): (.+)$/s, french: table.said["{}: {}"], weight: 2 });

const enough = 8; // weight of a form that is taken though a value in it reads like a sentence

/** said is a text of the server in the reader's language. */
export function said(text: string): string {
  return language.value === "fr" ? french(text) : plain(text);
}

/** did is an action of the audit in the reader's language. */
export function did(action: string): string {
  return (language.value === "fr" && actions[action]) || action;
}

const masks: Record<string, string> = table.masks;
const mask = new RegExp(`\\[(${Object.keys(masks).join("|")})(?=[\\] ])`, "g");

/** masked is a text of a call, with the names of its masks in the reader's language. */
export function masked(text: string): string {
  return language.value === "fr" ? text.replace(mask, (_, name: string) => `[${masks[name]}`) : text;
}

/** person is who did something, without the kind of account. */
export function person(name: string): string {
  return said(name.replace(/^user:(sso-\w+\/)?/, ""));
}

const plain = (text: string) => text.replace(/\b(user|token):/g, "").replace(/\b(no_answer|agent_left|quiet_hours|bridge_failed|not_found)\b/g, (w) => w.replaceAll("_", " "));

const longest = 300; // letters: what is longer holds the error of some engine, and would take long to read

/** french puts a text of the server into French, and leaves what it does not know as it is. */
export function french(text: string): string {
  return text.length > longest ? text : read(text).text;
}

const known = new Map<string, { text: string; whole: boolean }>();

/** read tells besides whether nothing was left that should be French. */
function read(text: string): { text: string; whole: boolean } {
  const was = known.get(text);
  if (was) return was;
  const is = match(text);
  if (known.size > 2000) known.clear();
  known.set(text, is);
  return is;
}

function match(text: string): { text: string; whole: boolean } {
  if (texts[text]) return { text: texts[text], whole: true };
  let best: string | undefined;
  for (const f of forms) {
    const found = f.of.exec(text);
    if (!found) continue;
    const values = found.slice(1).map(read);
    let at = 0;
    const filled = f.french.replace(/\{\}/g, () => values[at++]?.text ?? "");
    if (values.every((v) => v.whole)) return { text: filled, whole: true };
    if (f.weight >= enough || !/[a-z]/i.test(f.french)) best ??= filled;
  }
  return best === undefined ? value(text) : { text: best, whole: false };
}

/** value is what a text was filled with: a name, a number, a time. */
function value(text: string): { text: string; whole: boolean } {
  const name = names[`intent.${text}`] ?? names[`queue.${text}`];
  if (name) return { text: name, whole: true };
  if (/^-?\d+\.\d+$/.test(text)) return { text: text.replace(".", ","), whole: true };
  return { text: text.replace(/^(user|token):/, ""), whole: /^\S*$/.test(text) || /^".*"$/s.test(text) };
}
