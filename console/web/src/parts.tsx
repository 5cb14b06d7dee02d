// What several pages are made of.
import type { ComponentChildren } from "preact";
import { Problem } from "./api";
import { Icon, type IconName, Mark, type MarkName } from "./icons";
import { known, t } from "./i18n";
import { said } from "./said";

/** once is false of the second click of two: it was meant for the button that was in this place before. */
export const once = (e: MouseEvent) => e.detail < 2;

/** Empty says why there is nothing and what to do about it. */
export function Empty({ icon, title, text }: { icon: IconName; title: string; text: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <p class="empty-title">{title}</p>
      <p>{text}</p>
    </div>
  );
}

/** State is a state by shape, text and colour. */
export function State({ mark, children }: { mark: MarkName; children: ComponentChildren }) {
  return (
    <span class={`state state-${mark}`}>
      <Mark name={mark} />
      <span>{children}</span>
    </span>
  );
}

/** Fact is a figure under its name. */
export function Fact({ name, title, children, late }: { name: ComponentChildren; title?: string; children: ComponentChildren; late?: boolean }) {
  return (
    <div class={late ? "fact fact-late" : "fact"} title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Failure tells what the server said when it could not answer, fault by fault. */
export function Failure({ error }: { error: Error }) {
  const faults = error instanceof Problem ? error.errors.filter(Boolean) : [];
  return (
    <div class="failure" role="alert">
      <p><Mark name="late" /> {error instanceof Problem && !error.worded ? said(error.message) : error.message}</p>
      {faults.length > 0 && <Faults faults={faults} />}
    </div>
  );
}

/** Faults are lines such as file:line: what is wrong. */
export function Faults({ faults }: { faults: string[] }) {
  return <ul class="faults">{faults.map((f) => <li key={f}><code>{f}</code></li>)}</ul>;
}

/** Score is a name with how sure it is. */
export function Score({ name, score, label }: { name: string; score?: number; label: string }) {
  return (
    <span class="score">
      <span>{name}</span>
      {score !== undefined && <meter min={0} max={1} low={0.5} optimum={1} value={score} aria-label={label} />}
      <small>{label}</small>
    </span>
  );
}

/** Trust is how well the caller's number is vouched for. */
export function Trust({ level, long }: { level?: string; long?: boolean }) {
  if (!level || level === "none") return long ? <span>{t("trust.none")}</span> : null;
  const words = known("trust", level);
  return <State mark={level === "failed" ? "bad" : level === "A" ? "good" : "off"}>{long ? words : level === "failed" ? words : <abbr title={words}>{level}</abbr>}</State>;
}
