// The way in: name and passphrase, or the link that the server prints at its first start.
import { useEffect, useState } from "preact/hooks";
import { t } from "./i18n";
import { Failure } from "./parts";
import { go } from "./route";
import { session, signIn, welcome } from "./session";

export function SignIn() {
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(undefined);
    signIn(String(f.get("name")), String(f.get("passphrase")), String(f.get("code")).replaceAll(" ", ""))
      .then(() => location.pathname === "/signin" && go("/", true), setError)
      .finally(() => setBusy(false));
  };
  return (
    <form class="signin" onSubmit={submit}>
      <h1>{t("session.in")}</h1>
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
      {error && <Failure error={error} />}
      <button type="submit" class="main" disabled={busy}>{t("session.in")}</button>
      <p class="quiet">{t("session.first")}</p>
    </form>
  );
}

/** Welcome uses the token of the printed link once, and takes it out of the address bar. */
export function Welcome() {
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const token = location.hash.slice(1);
    history.replaceState(null, "", "/welcome");
    welcome(token).then(() => {
      if (session.value.kind !== "out") go("/", true);
    }, setError);
  }, []);
  return (
    <div class="signin">
      <h1>{t("welcome")}</h1>
      {error ? <><Failure error={error} /><p>{t("welcome.again")}</p><a href="/signin" data-internal>{t("session.in")}</a></> : <p>{t("shell.loading")}</p>}
    </div>
  );
}
