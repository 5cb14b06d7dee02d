// A supervisor's leg on a call, in this browser: one offer out, one answer back (WHIP, RFC
// 9725), then sound both ways. What the supervisor does there is asked for as of any other.
import { offer } from "./api";
import { iceServers } from "./ice";
import type { Supervision } from "./supervisors";

/** NoMicrophone is why there is no leg: the reader, or the machine, gave none. */
export class NoMicrophone extends Error {}

export class BrowserLeg {
  private readonly pc = new RTCPeerConnection();
  private readonly sound = new Audio();
  private mic?: MediaStream;
  private at?: string; // where the server knows the supervision
  private seen = false; // among those on the call
  private closed = false;

  /** start comes onto a call. It asks for the microphone this once, for all that may be done there. */
  async start(path: string): Promise<void> {
    addEventListener("pagehide", this.leave);
    const asked = iceServers();
    try {
      this.mic = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    } catch {
      throw new NoMicrophone();
    }
    const servers = await asked;
    if (this.closed) return this.close();
    this.pc.setConfiguration({ iceServers: servers });
    this.speak(false);
    for (const track of this.mic.getAudioTracks()) this.pc.addTrack(track, this.mic);
    this.pc.ontrack = (e) => {
      this.sound.srcObject = new MediaStream([e.track]);
      void this.sound.play().catch(() => undefined);
    };
    this.pc.onconnectionstatechange = () => this.pc.connectionState === "failed" && this.leave();
    await this.pc.setLocalDescription();
    const reply = await offer(path, this.pc.localDescription!.sdp);
    this.at = reply.at;
    if (this.closed) return this.leave();
    await this.pc.setRemoteDescription({ type: "answer", sdp: reply.answer });
  }

  /** follow does as those say who are on the call: who only listens sends nothing, and who is put out is gone. */
  follow(all: Supervision[]): void {
    const me = all.find((s) => this.at?.endsWith(`/${s.id}`));
    if (me) this.speak(me.mode !== "listen" && me.mode !== "hand-back");
    else if (this.seen) this.close();
    this.seen = me !== undefined;
  }

  /** leave hangs up. */
  readonly leave = (): void => {
    if (this.at) void fetch(this.at, { method: "DELETE", keepalive: true }).catch(() => undefined);
    this.close();
  };

  /** close gives back what the leg has of this browser. */
  close(): void {
    this.closed = true;
    this.at = undefined;
    removeEventListener("pagehide", this.leave);
    this.pc.close();
    this.sound.srcObject = null;
    for (const track of this.mic?.getTracks() ?? []) track.stop();
  }

  private speak(on: boolean): void {
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = on;
  }
}
