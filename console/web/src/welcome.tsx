// What stands behind the printed link: it signs its reader in once, who then says how to
// come in the next time.
import { useEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { Failure } from "./parts";
import { go } from "./route";
import { addKey, session, setPassphrase, welcome } from "./session";
import { useTry } from "./signin";
import { hasPasskeys } from "./webauthn";

const shortest = 15; // characters, as the server asks

/** Welcome uses the token of a link once, and takes it out of the address bar. */
export function Welcome() {
  const { error, run } = useTry();
  useEffect(() => {
    const token = location.hash.slice(1);
    history.replaceState(null, "", "/welcome");
    run(token ? welcome(token) : Promise.reject(new Error(t("welcome.empty"))), () => {
      if (session.value.kind === "in" && !session.value.session.setup) enter();
    });
  }, []);
  const who = session.value;
  if (who.kind === "in" && who.session.setup) return <NextTime name={who.session.name.replace(/^user:/, "")} />;
  return (
    <div class="signin">
      <h1>{t("welcome")}</h1>
      {error ? <><Failure error={error} /><p>{t("welcome.again")}</p><a href="/signin" data-internal>{t("session.in")}</a></> : <p>{t("shell.loading")}</p>}
    </div>
  );
}

const enter = () => go("/", true);

function NextTime({ name }: { name: string }) {
  const field = useRef<HTMLInputElement>(null);
  const { error, busy, run } = useTry();
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    run(setPassphrase(String(new FormData(e.currentTarget as HTMLFormElement).get("new"))), enter);
  };
  return (
    <div class="signin">
      <h1>{t("welcome.name", { name })}</h1>
      <p>{t("welcome.next")}</p>
      <form onSubmit={submit}>
        <input type="hidden" name="username" autocomplete="username" value={name} />
        <label>
          {t("welcome.passphrase")}
          <input ref={field} name="new" type="password" autocomplete="new-password" autocapitalize="none" spellcheck={false} minLength={shortest} maxLength={256} required aria-describedby="passphrase-rule" />
        </label>
        <small id="passphrase-rule">{t("welcome.rule", { shortest })}</small>
        <label class="check"><input type="checkbox" onChange={(e) => field.current && (field.current.type = e.currentTarget.checked ? "text" : "password")} /> {t("welcome.show")}</label>
        <button type="submit" class="main" disabled={busy}>{t("welcome.set")}</button>
      </form>
      {hasPasskeys() && <button type="button" id="add-key" disabled={busy} onClick={() => run(addKey(t("welcome.key.name")).catch(unmade), enter)}>{t("welcome.key")}</button>}
      {error && <Failure error={error} />}
      <button type="button" class="plain" id="skip" disabled={busy} onClick={enter}>{t("welcome.skip")}</button>
      <p class="quiet">{t("welcome.skip.what")}</p>
    </div>
  );
}

const unmade = (e: Error) => Promise.reject(e instanceof DOMException ? new Error(t("welcome.key.none")) : e);
