// What surrounds every page: where one may go, the language, the theme, who is signed in.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { type Key, language, t } from "./i18n";
import { type Page, pageAt, pages } from "./pages";
import { Empty, Failure } from "./parts";
import { engaged, ringing } from "./ring";
import { path } from "./route";
import { person } from "./said";
import { session, signOut } from "./session";
import { SignIn } from "./signin";
import { type Theme, theme } from "./theme";
import { Welcome } from "./welcome";

export function Shell() {
  const page = pageAt(path.value);
  useEffect(() => {
    const title = ringing.value === undefined ? page && t(page.title) : t("desk.talk.ringing");
    document.title = title ? `${title} · Callward` : "Callward";
    // On a narrow window the rail is longer than it is wide.
    document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [page, language.value, ringing.value]);
  return (
    <div class="shell">
      <a class="skip" href="#main">{t("shell.skip")}</a>
      <header class="top">
        <a class="brand" href="/" data-internal aria-label={`Callward: ${t("nav.board")}`}>
          <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true"><path d="M3 11a8 8 0 0 1 16 0" /><path d="M7 11a4 4 0 0 1 8 0" /><circle cx="11" cy="12.5" r="1.8" /><path d="M11 15v4" /></svg>
          <span>Callward</span>
        </a>
        <nav class="nav" aria-label={t("shell.nav")}>
          {pages.map((p) => (
            <a key={p.path} href={p.path} data-internal aria-current={p === page ? "page" : undefined}>
              <Icon name={p.icon} />
              <span>{t(p.title)}</span>
            </a>
          ))}
        </nav>
        <Preferences />
      </header>
      <main id="main" tabIndex={-1}>
        {ringing.value !== undefined && page?.path !== "/desk" && (
          <p class="rings" role="alert"><a href="/desk" data-internal>{t("desk.rings", { caller: ringing.value })}</a></p>
        )}
        <Inside page={page} />
      </main>
    </div>
  );
}

/** Inside is the page, or the way in. */
function Inside({ page }: { page: Page | undefined }) {
  const who = session.value.kind;
  if (path.value === "/welcome") return <Welcome />;
  const talks = page?.path === "/desk" && engaged.value; // the caller must not lose the agent over a session
  if (path.value === "/signin" || (who === "out" && !page?.open && !talks)) return <SignIn />;
  if (!page) return <Empty icon="search" title={t("shell.lost")} text={<a href="/" data-internal>{t("shell.lost.do")}</a>} />;
  if (who === "asking" && !page.open) return <p class="quiet">{t("shell.loading")}</p>;
  return <Loaded key={page.path} page={page} />;
}

function Loaded({ page }: { page: Page }) {
  const [Body, setBody] = useState<ComponentType>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    page.load().then((m) => setBody(() => m.default), setError);
  }, [page]);
  if (error) return <Failure error={error} />;
  return Body ? <Body /> : <p class="quiet">{t("shell.loading")}</p>;
}

const themes: { name: Theme; icon: IconName; text: Key }[] = [
  { name: "system", icon: "auto", text: "theme.system" },
  { name: "light", icon: "sun", text: "theme.light" },
  { name: "dark", icon: "moon", text: "theme.dark" },
];

function Preferences() {
  const now = themes.findIndex((x) => x.name === theme.value);
  const current = themes[now] ?? themes[0]!;
  const next = themes[(now + 1) % themes.length]!;
  const other = language.value === "en" ? "fr" : "en";
  const who = session.value;
  return (
    <div class="prefs">
      {who.kind === "in" && (
        <button type="button" class="plain" onClick={() => void signOut()} title={t("session.out")}>
          <Icon name="out" /> <span class="who">{person(who.session.name)}</span>
          <span class="unseen">{t("session.out")}</span>
        </button>
      )}
      <button type="button" class="plain" lang={other} onClick={() => (language.value = other)}>
        {other === "fr" ? "Français" : "English"}
      </button>
      <button type="button" class="plain" onClick={() => (theme.value = next.name)} title={`${t("theme")}: ${t(current.text)}`} aria-label={`${t("theme")}: ${t(current.text)}`}>
        <Icon name={current.icon} />
      </button>
    </div>
  );
}
