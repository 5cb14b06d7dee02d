import { t } from "./i18n";

export default function Live() {
  return <h1>{t("nav.live")}</h1>;
}
