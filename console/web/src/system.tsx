import { t } from "./i18n";

export default function System() {
  return <h1>{t("nav.system")}</h1>;
}
