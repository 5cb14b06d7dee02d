// How a call that rings is noticed by somebody who looks elsewhere: it is heard, and the tab
// and every page say so.
import { signal } from "@preact/signals";

/** ringing is who calls the phone of this page; undefined: nobody. */
export const ringing = signal<string | undefined>(undefined);

/** engaged: somebody talks at the phone of this page. */
export const engaged = signal(false);

const hz = [440, 550] as const;
const each = 0.4; // s
const every = 3000; // ms
const loud = 0.15;

let audio: AudioContext | undefined;
let timer: number | undefined;

/** tune readies the sound: a browser plays none that no click stands behind. */
export function tune(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

/** ring tells of a caller, again and again; undefined ends it. */
export function ring(caller: string | undefined): void {
  window.clearInterval(timer);
  ringing.value = caller;
  if (caller === undefined) return;
  sound();
  timer = window.setInterval(sound, every);
}

function sound(): void {
  if (!audio) return;
  const volume = new GainNode(audio, { gain: loud });
  volume.connect(audio.destination);
  hz.forEach((frequency, i) => {
    const tone = new OscillatorNode(audio!, { frequency });
    const at = audio!.currentTime + i * each;
    tone.connect(volume);
    tone.start(at);
    tone.stop(at + each);
  });
}
