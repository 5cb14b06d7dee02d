// What several pages are made of.
import type { ComponentChildren } from "preact";
import { Icon, type IconName, Mark, type MarkName } from "./icons";

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

/** Failure tells what the server said when it could not answer. */
export function Failure({ error }: { error: Error }) {
  return (
    <p class="failure" role="alert">
      <Mark name="late" /> {error.message}
    </p>
  );
}
