// The way in: by name and passphrase, by a passkey, or by the identity provider.
import { useEffect, useState } from "preact/hooks";
import { t } from "./i18n";
import { Failure } from "./parts";
import { go } from "./route";
import { askWays, hasEnded, providerPath, samlPath, session, signIn, signInByKey, type Ways } from "./session";
import { hasPasskeys } from "./webauthn";

/** useTry runs one attempt at a time and keeps why it failed. */
export function useTry() {
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const run = (attempt: Promise<unknown>, then: () => void) => {
    setBusy(true);
    setError(undefined);
    attempt.then(then, setError).finally(() => setBusy(false));
  };
  return { error, busy, run };
}

const inside = () => location.pathname === "/signin" && session.value.kind === "in" && go("/", true);

export function SignIn() {
  const [ways, setWays] = useState<Ways>({ passphrase: true, oidc: false, saml: false });
  const { error, busy, run } = useTry();
  useEffect(() => void askWays().then(setWays, () => {}), []); // what it is without an answer will do
  const byKey = () => run(signInByKey().catch((e: Error) => Promise.reject(e instanceof DOMException ? new Error(t("session.key.none")) : e)), inside);
  return (
    <div class="signin">
      <h1>{t("session.in")}</h1>
      {hasEnded() && <p role="status">{t("session.ended")}</p>}
      {ways.oidc && <a class="button" id="by-provider" href={providerPath}>{t("session.provider")}</a>}
      {ways.saml && <a class="button" id="by-saml" href={samlPath}>{t(ways.oidc ? "session.saml" : "session.provider")}</a>}
      {ways.passphrase && hasPasskeys() && <button type="button" id="by-key" disabled={busy} onClick={byKey}>{t("session.key")}</button>}
      {ways.passphrase ? <ByName busy={busy} main={!ways.oidc && !ways.saml} enter={(...typed) => run(signIn(...typed), inside)} /> : <p>{t("session.noway")}</p>}
      {error && <Failure error={error} />}
      <p class="quiet">{t("session.first")}</p>
    </div>
  );
}

function ByName({ busy, main, enter }: { busy: boolean; main: boolean; enter: (name: string, passphrase: string, code: string) => void }) {
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    enter(String(f.get("name")), String(f.get("passphrase")), String(f.get("code")).replaceAll(" ", ""));
  };
  return (
    <form onSubmit={submit}>
      <label>
        {t("session.name")}
        <input name="name" autocomplete="username" autocapitalize="none" spellcheck={false} required />
      </label>
      <label>
        {t("session.passphrase")}
        <input name="passphrase" type="password" autocomplete="current-password" required />
      </label>
      <label>
        {t("session.code")}
        <input name="code" inputMode="numeric" autocomplete="one-time-code" />
        <small>{t("session.code.when")}</small>
      </label>
      <button type="submit" class={main ? "main" : ""} disabled={busy}>{t("session.in")}</button>
    </form>
  );
}
