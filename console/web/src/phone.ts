// An agent's phone in the browser: SIP over a WebSocket to where the page came from, so
// that ringing, hold and transfers are what they are with a phone on a desk.

import JsSIP from "jssip";
import { iceServers } from "./ice";

export type PhoneState = "offline" | "connecting" | "ready" | "refused" | "microphone" | "elsewhere";
export type TalkState = "ringing" | "talking" | "held" | "over";
export type AskState = "ringing" | "talking"; // of a colleague who is asked first

export interface Talk {
  state: TalkState;
  caller: string; // as the server shows it
  call?: string; // of the server, for the screen-pop
  muted: boolean;
  ask?: AskState; // nobody is asked without it
  sent?: { to: string; failed: boolean }; // where the caller was sent last, or who was asked in vain
  unheard?: boolean; // it is over, as there was no microphone to answer with
}

export interface PhoneEvents {
  phone(state: PhoneState): void;
  talk(talk: Talk | undefined): void;
  sound(stream: MediaStream): void;
}

const keyTime = 160; // ms, and
const keyGap = 80;
const again = 200;

const media = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };

type Session = any; // the types of the library lag behind it

// The library would wait until each server has answered, or has not for a while. The line
// learns from the browser's checks where it is, so that the first of its addresses will do.
const atOnce = (e: { ready(): void }): void => e.ready();

// once does something as soon as sound can flow, or cannot after all: until then nobody would
// hear what is said.
function once(pc: RTCPeerConnection | undefined, then: () => void): void {
  if (pc?.connectionState !== "new" && pc?.connectionState !== "connecting") return then();
  pc.addEventListener("connectionstatechange", () => once(pc, then), { once: true });
}

export class Phone {
  private readonly ua: JsSIP.UA;
  private readonly domain: string;
  private session?: Session;
  private asked?: Session; // the call to a colleague who is asked first
  private heard?: MediaStream; // of the caller
  private talk?: Talk;
  private holds = false; // wanted
  private servers: RTCIceServer[] = []; // as they were told last

  constructor(user: string, password: string, private readonly on: PhoneEvents) {
    this.domain = location.hostname;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(`${scheme}//${location.host}/sip`)],
      uri: `sip:${encodeURIComponent(user)}@${this.domain}`,
      password,
      session_timers: false,
      register_expires: 300,
    });
    this.ua.on("registered", () => this.on.phone("ready"));
    this.ua.on("unregistered", () => this.on.phone("offline"));
    this.ua.on("disconnected", () => this.on.phone("connecting")); // it tries again by itself
    this.ua.on("registrationFailed", (e: { response?: { status_code: number } | null }) => {
      this.on.phone(e.response ? "refused" : "connecting");
    });
    this.ua.on("newRTCSession", (e: { originator: string; session: Session; request: Session }) => this.meets(e));
  }

  start(): void {
    this.on.phone("connecting");
    this.learn();
    this.ua.start();
  }

  // learn asks for the servers; credentials are of that moment.
  private learn(): void {
    void iceServers().then((all) => (this.servers = all ?? this.servers));
  }

  // stop takes the registration back and hangs up.
  stop(): void {
    this.ua.stop();
  }

  private meets(e: { originator: string; session: Session; request: Session }): void {
    if (e.originator !== "remote") return;
    if (this.session) {
      e.session.terminate({ status_code: 486 });
      return;
    }
    const session = (this.session = e.session);
    this.learn();
    this.talk = {
      state: "ringing",
      caller: session.remote_identity.display_name || session.remote_identity.uri.user || "",
      call: e.request.getHeader("X-Callward-Call") || undefined,
      muted: false,
    };
    const over = (end: { cause?: string }): void => {
      this.giveUp();
      this.change({ state: "over", unheard: end.cause === JsSIP.C.causes.USER_DENIED_MEDIA_ACCESS });
      this.session = this.talk = this.heard = undefined;
    };
    session.on("peerconnection", (p: { peerconnection: RTCPeerConnection }) => {
      p.peerconnection.addEventListener("track", (t) => {
        this.heard = new MediaStream([t.track]);
        this.on.sound(this.heard);
      });
    });
    session.on("icecandidate", atOnce);
    session.on("confirmed", () => once(session.connection, () => {
      if (this.session === session && this.talk?.state === "ringing") this.change({ state: "talking" });
    }));
    session.on("hold", () => this.change({ state: "held" }));
    session.on("unhold", () => this.change({ state: "talking" }));
    session.on("muted", () => this.change({ muted: true }));
    session.on("unmuted", () => this.change({ muted: false }));
    session.on("ended", over);
    session.on("failed", over);
    this.change({});
  }

  private change(what: Partial<Talk>): void {
    if (!this.talk) return;
    this.talk = { ...this.talk, ...what };
    this.on.talk(this.talk);
  }

  // answer may be asked for twice: a click is repeated where nothing shows at once.
  answer(): void {
    if (this.session?.isInProgress()) this.session.answer({ mediaConstraints: media, pcConfig: { iceServers: this.servers } });
  }

  // hangUp ends the talk, or says no while it rings.
  hangUp(): void {
    if (this.session) this.session.terminate(this.talk?.state === "ringing" ? { status_code: 603 } : undefined);
  }

  // hold waits with what is wanted until the offer before it is answered.
  hold(on: boolean): void {
    this.holds = on;
    const session = this.session;
    if (!session || session.isOnHold().local === on) return;
    if (on ? session.hold() : session.unhold()) return;
    window.setTimeout(() => {
      if (this.session === session && this.holds === on) this.hold(on);
    }, again);
  }

  mute(on: boolean): void {
    if (on) this.session?.mute({ audio: true });
    else this.session?.unmute({ audio: true });
  }

  press(key: string): void {
    this.session?.sendDTMF(key, { duration: keyTime, interToneGap: keyGap, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
  }

  // transfer sends the caller on: to a colleague, a queue, or a number that may be called.
  transfer(to: string): void {
    const session = this.session;
    const failed = (): void => {
      if (this.session === session) this.change({ sent: { to, failed: true } });
    };
    this.change({ sent: { to, failed: false } });
    session?.refer(`sip:${encodeURIComponent(to)}@${this.domain}`, { eventHandlers: { requestFailed: failed, failed } });
  }

  // ask holds the caller, who hears music, and calls a colleague. Whatever becomes of that,
  // the caller is back unless handOver follows.
  ask(to: string): void {
    if (!this.session || this.asked) return;
    this.hold(true);
    const asked: Session = this.ua.call(`sip:${encodeURIComponent(to)}@${this.domain}`, {
      mediaConstraints: media,
      pcConfig: { iceServers: this.servers },
      eventHandlers: { icecandidate: atOnce },
    });
    this.asked = asked;
    const over = (): void => {
      if (this.asked !== asked) return;
      this.asked = undefined;
      this.change({ ask: undefined });
      if (this.heard) this.on.sound(this.heard);
      this.hold(false);
    };
    asked.connection?.addEventListener("track", (t: RTCTrackEvent) => this.on.sound(new MediaStream([t.track])));
    asked.on("confirmed", () => this.change({ ask: "talking" }));
    asked.on("ended", over);
    asked.on("failed", (e: { originator: string }) => {
      over();
      if (e.originator === "remote") this.change({ sent: { to, failed: true } });
    });
    this.change({ ask: "ringing", sent: undefined });
  }

  // handOver gives the caller to the colleague who was asked.
  handOver(): void {
    if (this.session && this.asked) this.session.refer(this.asked.remote_identity.uri, { replaces: this.asked });
  }

  // giveUp goes back to the caller.
  giveUp(): void {
    if (this.asked && !this.asked.isEnded()) this.asked.terminate();
  }
}
