// The keys of a telephone.
import { t } from "./i18n";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function Keypad({ onPress }: { onPress: (key: string) => void }) {
  return (
    <div class="keypad" role="group" aria-label={t("call.keypad")}>
      {keys.map((k) => (
        <button type="button" key={k} onClick={() => onPress(k)}>
          {k}
        </button>
      ))}
    </div>
  );
}
