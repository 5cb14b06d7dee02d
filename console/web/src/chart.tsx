// Today's curve: calls that began, by quarter of an hour, and those of them that wanted a human.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count, language, t, timeOfDay } from "./i18n";
import { isDark } from "./theme";
import type { Quarter } from "./types";

const quarter = 15 * 60;

/** filled has a point for each quarter of an hour from the first call to the last. */
function filled(curve: Quarter[]): [number[], number[], number[]] {
  const at = new Map(curve.map((q) => [Math.round(Date.parse(q.at) / 1000), q]));
  const times = [...at.keys()].sort((a, b) => a - b);
  const out: [number[], number[], number[]] = [[], [], []];
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return out;
  for (let s = Math.min(first, last - 11 * quarter); s <= last; s += quarter) {
    out[0].push(s);
    out[1].push(at.get(s)?.calls ?? 0);
    out[2].push(at.get(s)?.queued ?? 0);
  }
  return out;
}

export function Curve({ curve }: { curve: Quarter[] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(options(el), filled(curve), el);
    };
    const stop = effect(() => {
      language.value;
      isDark();
      draw();
    });
    const fit = new ResizeObserver(() => plot?.setSize({ width: el.clientWidth, height: el.clientHeight }));
    fit.observe(el);
    return () => {
      fit.disconnect();
      stop();
      plot?.destroy();
    };
  }, [curve]);
  const [, all, queued] = filled(curve);
  const sum = (ns: number[]) => ns.reduce((a, b) => a + b, 0);
  return (
    <figure class="curve">
      <figcaption>
        <span class="key key-all" /> {t("board.curve.all")}
        <span class="key key-queued" /> {t("board.curve.queued")}
      </figcaption>
      <div class="plot" ref={box} role="img" aria-label={t("board.curve.told", { all: count(sum(all)), queued: count(sum(queued)), most: count(Math.max(0, ...all)) })} />
    </figure>
  );
}

function options(el: HTMLElement): uPlot.Options {
  const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.72, 40], radius: 0.15 });
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const axis = { stroke: css("--soft"), font: `${Math.round(size * 0.75)}px ${css("--sans")}`, grid: { stroke: css("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: el.clientWidth,
    height: el.clientHeight,
    padding: [8, 4, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { range: (_u, min, max) => [min - quarter / 2, max + quarter / 2] }, y: { range: (_u, _min, max) => [0, Math.max(4, Math.ceil(max * 1.08))] } },
    axes: [
      { ...axis, grid: { show: false }, size: size * 1.7, space: 64, values: (_u, at) => at.map((s) => timeOfDay(new Date(s * 1000))) },
      { ...axis, size: size * 2.4, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500], values: (_u, ns) => ns.map((n) => count(n)) },
    ],
    series: [
      {},
      { fill: css("--bar"), stroke: css("--bar"), width: 0, paths: bars, points: { show: false } },
      { fill: css("--accent"), stroke: css("--accent"), width: 0, paths: bars, points: { show: false } },
    ],
  };
}
