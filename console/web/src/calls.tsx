import { t } from "./i18n";

export default function Calls() {
  return <h1>{t("nav.calls")}</h1>;
}
