// Who works by the keyboard keeps the place when what had the focus goes away, as Answer does
// once it was pressed (WCAG 2.4.3).
import { useLayoutEffect, useRef } from "preact/hooks";

/** useKeptFocus gives the ref of a box: when a control of it goes that had the focus, the first that ends nothing has it, or the box. */
export function useKeptFocus<T extends HTMLElement>() {
  const box = useRef<T>(null);
  const had = document.activeElement;
  const inside = box.current?.contains(had) ?? false;
  useLayoutEffect(() => {
    if (inside && !had?.isConnected) (box.current?.querySelector<HTMLElement>("button:not(.danger, :disabled)") ?? box.current)?.focus();
  });
  return box;
}
