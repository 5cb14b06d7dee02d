// The agent's desktop.
import { t } from "./i18n";
import { Empty } from "./parts";

export default function Desk() {
  return (
    <>
      <h1>{t("nav.desk")}</h1>
      <Empty icon="desk" title={t("desk.none")} text={t("desk.none.do")} />
    </>
  );
}
