// The version of an assistant: how its file differs from what runs, and the button by which it
// takes effect. That is a reload of everything, all of it or nothing.
import { useEffect, useState } from "preact/hooks";
import { get, send, worded } from "./api";
import { t } from "./i18n";
import { everywhere, holds } from "./may";
import { Failure, Faults, State } from "./parts";
import type { Assistant, Comparison, Reloaded } from "./types";

/** Version is for those who may reload: the file concerns all tenants. */
export function Version(props: { assistant: Assistant; activated: () => void }) {
  if (everywhere() && holds("integrator", "admin")) return <Versions {...props} />;
  return (
    <section class="card">
      <header><h2>{t("version.title")}</h2></header>
      <p class="quiet">{t("version.role")}</p>
    </section>
  );
}

function Versions({ assistant: a, activated }: { assistant: Assistant; activated: () => void }) {
  const [seen, setSeen] = useState<Comparison>();
  const [done, setDone] = useState<Reloaded>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const at = `/api/v1/assistants/${encodeURIComponent(a.name)}/version`;
  const compare = () => get<Comparison>(at).then(setSeen);
  useEffect(() => void compare().catch(setError), [at]);
  const act = (f: () => Promise<unknown>) => {
    setBusy(true);
    setError(undefined);
    setDone(undefined);
    f().catch((e: Error) => setError(worded(e, { 409: t("version.changed"), 422: t("version.refused") }))).finally(() => setBusy(false));
  };
  const activate = async () => {
    const r = await send<Reloaded>("POST", at, { version: seen?.on_disk });
    await compare();
    setDone(r);
    activated();
  };
  return (
    <section class="card version">
      <header><h2>{t("version.title")}</h2>{seen?.file && <code class="path">{seen.file}</code>}</header>
      {error && <Failure error={error} />}
      <div role="status">
        {seen && <Verdict seen={seen} />}
        {done && <p>{t("version.done")}</p>}
      </div>
      {done && done.restart.length > 0 && <><p>{t("version.restart")}</p><Faults faults={done.restart} /></>}
      {seen && seen.faults.length > 0 && <div class="failure"><p>{t("version.faults")}</p><Faults faults={seen.faults} /></div>}
      {seen?.diff && <Diff text={seen.diff} cut={seen.cut} />}
      {seen && seen.settings.length > 0 && <><p>{t("version.settings")}</p><Faults faults={seen.settings} /></>}
      {seen && (
        <p class="row">
          {seen.on_disk && seen.on_disk !== seen.running && <button type="button" class="main" disabled={busy || seen.faults.length > 0} onClick={() => act(activate)}>{t("version.activate")}</button>}
          <button type="button" disabled={busy} onClick={() => act(compare)}>{t("version.compare")}</button>
        </p>
      )}
    </section>
  );
}

function Verdict({ seen: c }: { seen: Comparison }) {
  if (!c.file) return <p class="quiet">{t("version.bundled")}</p>;
  if (!c.on_disk) return <State mark="bad">{t("version.gone")}</State>;
  if (c.on_disk === c.running) return <State mark="good">{t("version.same")}</State>;
  return (
    <>
      <p><State mark="late">{t("version.other")}</State></p>
      <p class="quiet"><small>{t("version.is", { running: c.running, file: c.on_disk })}</small></p>
    </>
  );
}

/** Diff is told by sign and colour, and to screen readers by a word. */
function Diff({ text, cut }: { text: string; cut?: boolean }) {
  return (
    <>
      <div class="scroll tall diff" tabIndex={0} role="region" aria-label={t("version.diff")}>
        {text.split("\n").filter((l, i, all) => l || i < all.length - 1).map((l, i) => {
          const kind = l[0] === "+" ? "added" : l[0] === "-" ? "removed" : l[0] === "@" ? "place" : "same";
          return (
            <div key={i} class={`diff-${kind}`}>
              {(kind === "added" || kind === "removed") && <span class="unseen">{t(`version.${kind}`)} </span>}
              {l || " "}
            </div>
          );
        })}
      </div>
      {cut && <p class="quiet">{t("version.cut")}</p>}
    </>
  );
}
