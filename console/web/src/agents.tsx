import { t } from "./i18n";

export default function Agents() {
  return <h1>{t("nav.agents")}</h1>;
}
