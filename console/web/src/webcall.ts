// A call from this page to the line: one offer out, one answer back (WHIP, RFC 9725),
// then sound both ways, captions as server-sent events, keys as RTP events.
import { iceServers } from "./ice";

export type Phase = "idle" | "asking" | "connecting" | "talking" | "ended";

// Why a call ended or did not come about: names of the catalogue, never a server's text.
export type Ending = "hungUp" | "lineEnded" | "noMicrophone" | "refused" | "busy" | "tooOften" | "unreachable" | "lost";

export interface Caption {
  kind: string;
  utterance?: string;
  language?: string;
  text?: string;
  position?: number;
}

// How the sound fares; what is not known yet is undefined.
export interface Quality {
  codec?: string;
  roundTripMs?: number;
  jitterMs?: number;
  lost?: number; // part of the packets, 0 to 1, of the worse direction
  mos?: number; // as the server judges what it hears, 1 to 4.4
}

export interface Events {
  phase(p: Phase, why?: Ending): void;
  caption(c: Caption): void;
  quality(q: Quality): void;
  sound(stream: MediaStream): void;
}

const calls = "/api/v1/web-calls";
const statsEvery = 2000; // ms
const keyTime = 160; // ms, and
const keyGap = 80;

export class WebCall {
  private pc?: RTCPeerConnection;
  private mic?: MediaStream;
  private at?: string; // where the server knows the call
  private captions?: EventSource;
  private timer?: number;
  private over = false;

  constructor(private readonly on: Events) {}

  // start asks for the microphone and calls a number; without one the line's own.
  async start(number?: string): Promise<void> {
    this.on.phase("asking");
    addEventListener("pagehide", this.leave);
    const servers = iceServers(); // while the reader is asked
    try {
      this.mic = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch {
      return this.finish("noMicrophone");
    }
    if (this.over) return this.release();
    this.on.phase("connecting");
    const answer = await this.offer(await servers, number);
    if (answer === undefined || this.over) return;
    await this.pc!.setRemoteDescription({ type: "answer", sdp: answer });
    this.follow();
  }

  // offer gives the line's answer; undefined: there is no call.
  private async offer(servers: RTCIceServer[] | undefined, number?: string): Promise<string | undefined> {
    if (this.over) return undefined;
    const pc = (this.pc = new RTCPeerConnection({ iceServers: servers }));
    pc.ontrack = (e) => this.on.sound(new MediaStream([e.track]));
    pc.onconnectionstatechange = () => this.connection(pc.connectionState);
    for (const track of this.mic!.getAudioTracks()) pc.addTrack(track, this.mic!);
    await pc.setLocalDescription();
    let reply: Response;
    try {
      reply = await fetch(calls + (number ? "?to=" + encodeURIComponent(number) : ""), {
        method: "POST",
        headers: { "Content-Type": "application/sdp" },
        body: pc.localDescription!.sdp,
      });
    } catch {
      return void this.finish("unreachable");
    }
    if (reply.status !== 201) {
      return void this.finish(reply.status === 429 ? "tooOften" : reply.status === 503 ? "busy" : "refused");
    }
    this.at = reply.headers.get("Location") ?? undefined;
    if (this.over) return void this.hangUp();
    return reply.text();
  }

  private connection(state: RTCPeerConnectionState): void {
    if (state === "connected") this.on.phase("talking");
    else if (state === "failed" || state === "closed") this.finish("lost");
  }

  // follow reads captions and measures until the end.
  private follow(): void {
    const source = (this.captions = new EventSource(this.at + "/captions"));
    source.addEventListener("caption", (e) => {
      const caption = JSON.parse((e as MessageEvent<string>).data) as Caption;
      this.on.caption(caption);
      if (caption.kind === "call.ended") this.finish("lineEnded");
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.finish("lineEnded"); // nobody knows the call any more
    };
    this.timer = window.setInterval(() => void this.measure(), statsEvery);
  }

  private readonly leave = (): void => this.end();

  private async measure(): Promise<void> {
    if (!this.pc || !this.at) return;
    const here = qualityOf(await this.pc.getStats());
    const reply = await fetch(this.at).catch(() => undefined);
    if (this.over) return;
    if (reply?.ok) {
      const there = ((await reply.json()) as { sound?: { mos?: number; lost: number } }).sound;
      if (there) {
        here.mos = there.mos;
        here.lost = Math.max(here.lost ?? 0, there.lost);
      }
    }
    this.on.quality(here);
  }

  // press sends a key of the keypad.
  press(key: string): void {
    this.pc?.getSenders().find((s) => s.dtmf)?.dtmf?.insertDTMF(key, keyTime, keyGap);
  }

  // mute keeps the microphone from the line, or lets it be heard again.
  mute(on: boolean): void {
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = !on;
  }

  // end hangs up.
  end(): void {
    this.finish("hungUp");
  }

  private finish(why: Ending): void {
    if (this.over) return;
    this.over = true;
    this.hangUp();
    this.release();
    this.on.phase("ended", why);
  }

  private hangUp(): void {
    if (this.at) void fetch(this.at, { method: "DELETE", keepalive: true }).catch(() => undefined);
    this.at = undefined;
  }

  private release(): void {
    removeEventListener("pagehide", this.leave);
    window.clearInterval(this.timer);
    this.captions?.close();
    this.pc?.close();
    for (const track of this.mic?.getTracks() ?? []) track.stop();
  }
}

// qualityOf reads what a browser measures.
export function qualityOf(stats: RTCStatsReport): Quality {
  const q: Quality = {};
  const codecs = new Map<string, string>();
  stats.forEach((s: any /* they have many shapes */) => {
    if (s.type === "codec") codecs.set(s.id, String(s.mimeType).replace(/^audio\//i, ""));
  });
  stats.forEach((s: any /* they have many shapes */) => {
    switch (s.type) {
      case "inbound-rtp": {
        if (s.kind !== "audio") break;
        q.codec = codecs.get(s.codecId);
        if (s.jitter !== undefined) q.jitterMs = s.jitter * 1000;
        const all = (s.packetsReceived ?? 0) + (s.packetsLost ?? 0);
        if (all > 0) q.lost = Math.max(q.lost ?? 0, Math.max(0, s.packetsLost ?? 0) / all);
        break;
      }
      case "remote-inbound-rtp":
        if (s.roundTripTime !== undefined) q.roundTripMs = s.roundTripTime * 1000;
        if (s.fractionLost !== undefined) q.lost = Math.max(q.lost ?? 0, s.fractionLost);
        break;
      case "candidate-pair":
        if (s.nominated && s.currentRoundTripTime !== undefined && q.roundTripMs === undefined) {
          q.roundTripMs = s.currentRoundTripTime * 1000;
        }
        break;
    }
  });
  return q;
}
