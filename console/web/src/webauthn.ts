// Passkeys: what the server asks in JSON, as the browser takes it, and back (WebAuthn 3,
// sections 5.1.8 to 5.1.10). By hand, because not every browser converts by itself yet.

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** hasPasskeys: a key belongs to a name, so that a page at an address has none. */
export function hasPasskeys(host: string = location.hostname): boolean {
  return typeof PublicKeyCredential === "function" && !!navigator.credentials && named(host);
}

export function named(host: string): boolean {
  return !host.startsWith("[") && !/^[\d.]+$/.test(host);
}

type Listed = { type: "public-key"; id: string; transports?: AuthenticatorTransport[] };

const listed = (all: Listed[] = []): PublicKeyCredentialDescriptor[] => all.map((c) => ({ ...c, id: bytesOf(c.id) }));

export interface Asked {
  publicKey: Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> & { challenge: string; allowCredentials?: Listed[] };
}

/** find lets the reader choose a key and gives its answer. */
export async function find({ publicKey: k }: Asked): Promise<unknown> {
  const found = (await navigator.credentials.get({ publicKey: { ...k, challenge: bytesOf(k.challenge), allowCredentials: listed(k.allowCredentials) } })) as PublicKeyCredential;
  const r = found.response as AuthenticatorAssertionResponse;
  return answer(found, {
    authenticatorData: textOf(r.authenticatorData),
    clientDataJSON: textOf(r.clientDataJSON),
    signature: textOf(r.signature),
    userHandle: r.userHandle ? textOf(r.userHandle) : undefined,
  });
}

export interface Wanted {
  publicKey: Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: Listed[];
  };
}

/** make has the browser make a key and gives what the server keeps of it. */
export async function make({ publicKey: k }: Wanted): Promise<unknown> {
  const made = (await navigator.credentials.create({
    publicKey: { ...k, challenge: bytesOf(k.challenge), user: { ...k.user, id: bytesOf(k.user.id) }, excludeCredentials: listed(k.excludeCredentials) },
  })) as PublicKeyCredential;
  const r = made.response as AuthenticatorAttestationResponse;
  return answer(made, { attestationObject: textOf(r.attestationObject), clientDataJSON: textOf(r.clientDataJSON), transports: r.getTransports() });
}

function answer(c: PublicKeyCredential, response: object): unknown {
  return { id: c.id, rawId: textOf(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment ?? undefined, clientExtensionResults: c.getClientExtensionResults(), response };
}
