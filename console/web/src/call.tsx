// Call the line from this page.
import { t } from "./i18n";
import { Empty } from "./parts";

export default function Call() {
  return (
    <>
      <h1>{t("nav.call")}</h1>
      <Empty icon="phone" title={t("call.none")} text={t("call.none.do")} />
    </>
  );
}
