// The STUN and TURN servers of this line. Their credentials end, so that they are asked for
// when a call begins.
import { get } from "./api";

const patience = 3000; // ms: most networks need none of them, so a call does not wait for long

/** iceServers are those that a call of this page may use; undefined: it could not be told. */
export async function iceServers(): Promise<RTCIceServer[] | undefined> {
  const told = await get<{ servers: RTCIceServer[] }>("/api/v1/ice-servers", AbortSignal.timeout(patience)).catch(() => undefined);
  return told?.servers;
}
