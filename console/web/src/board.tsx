import { t } from "./i18n";

export default function Board() {
  return <h1>{t("nav.board")}</h1>;
}
