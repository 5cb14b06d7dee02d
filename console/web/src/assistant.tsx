import { t } from "./i18n";

export default function Assistant() {
  return <h1>{t("nav.assistant")}</h1>;
}
