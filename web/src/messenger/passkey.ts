// Passkeys that open the app lock: credentials of this device's own authenticator, whose PRF extension gives a secret that
// leaves it only after the person's fingerprint, face or PIN (WebAuthn Level 3, section 10.1.4).
import type { AddPasskeyParams, Passkey, UnlockParams } from '../core/api.gen';

/** What the extension takes and gives; TypeScript's types do not have all of it yet. */
interface PrfOutputs {
  prf?: { enabled?: boolean; results?: { first?: BufferSource } };
}

/** Why a passkey was not made or used, with a code of lock.ts. */
export class PasskeyError extends Error {
  constructor(readonly code: 'passkey_cancelled' | 'passkey_unsupported', options?: ErrorOptions) {
    super(code, options);
  }
}

/** Whether this browser on this device says that it can: passkeys need a name for a server, and not an address. */
export async function canUsePasskeys(): Promise<boolean> {
  if (/^[\d.]+$|:/.test(location.hostname)) return false;
  const { PublicKeyCredential: type } = globalThis as { PublicKeyCredential?: { getClientCapabilities?(): Promise<Record<string, boolean>> } };
  try {
    const can = (await type?.getClientCapabilities?.()) ?? {};
    return can['extension:prf'] === true && can['userVerifyingPlatformAuthenticator'] === true;
  } catch {
    return false;
  }
}

export type NewPasskey = Pick<AddPasskeyParams, 'credentialId' | 'prfSalt' | 'prfOutput'>;

/** Makes a passkey on this device. Must follow at once on what the person did. */
export async function createPasskey(): Promise<NewPasskey> {
  const salt = random(32);
  const credential = await ask(() => navigator.credentials.create({
    publicKey: {
      rp: { name: 'Parley', id: location.hostname },
      // Whoever looks through the passkeys of the device finds no number and no name.
      user: { id: random(16), name: 'Parley', displayName: 'Parley' },
      challenge: random(32),
      pubKeyCredParams: [{ type: 'public-key', alg: -8 }, { type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }],
      authenticatorSelection: { authenticatorAttachment: 'platform', residentKey: 'required', userVerification: 'required' },
      extensions: { prf: { eval: { first: salt } } } as AuthenticationExtensionsClientInputs,
    },
  }));
  const made = { credentialId: base64Of(credential.rawId), prfSalt: base64Of(salt) };
  const { prf } = credential.getClientExtensionResults() as PrfOutputs;
  if (prf?.results?.first) return { ...made, prfOutput: base64Of(prf.results.first) };
  if (!prf?.enabled) {
    await forgetPasskey(made.credentialId);
    throw new PasskeyError('passkey_unsupported');
  }
  // Some tell the output only when the passkey is used.
  const { prfOutput = '' } = await usePasskey([made]);
  return { ...made, prfOutput };
}

/** Has the person use one of the passkeys; gives what unlocks. */
export async function usePasskey(passkeys: Pick<Passkey, 'credentialId' | 'prfSalt'>[]): Promise<UnlockParams> {
  const salts = Object.fromEntries(passkeys.map(({ credentialId, prfSalt }) => [urlBase64Of(credentialId), { first: bytesOf(prfSalt) }]));
  const credential = await ask(() => navigator.credentials.get({
    publicKey: {
      rpId: location.hostname,
      challenge: random(32),
      allowCredentials: passkeys.map(({ credentialId }) => ({ type: 'public-key', id: bytesOf(credentialId), transports: ['internal'] })),
      userVerification: 'required',
      extensions: { prf: { evalByCredential: salts } } as AuthenticationExtensionsClientInputs,
    },
  }));
  const output = (credential.getClientExtensionResults() as PrfOutputs).prf?.results?.first;
  if (!output) throw new PasskeyError('passkey_unsupported');
  return { credentialId: base64Of(credential.rawId), prfOutput: base64Of(output) };
}

/** Tells the device that a passkey is of no use any more, so that it may put it away. */
export async function forgetPasskey(credentialId: string): Promise<void> {
  const { PublicKeyCredential: type } = globalThis as {
    PublicKeyCredential?: { signalUnknownCredential?(options: { rpId: string; credentialId: string }): Promise<void> };
  };
  await type?.signalUnknownCredential?.({ rpId: location.hostname, credentialId: urlBase64Of(credentialId) }).catch(() => undefined);
}

async function ask(run: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await run();
    if (credential) return credential as PublicKeyCredential;
  } catch (cause) {
    // The browser does not tell whether the person refused, waited too long, or has no such passkey.
    const refused = cause instanceof DOMException && ['NotAllowedError', 'AbortError', 'InvalidStateError'].includes(cause.name);
    throw new PasskeyError(refused ? 'passkey_cancelled' : 'passkey_unsupported', { cause });
  }
  throw new PasskeyError('passkey_cancelled');
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

function base64Of(bytes: BufferSource): string {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return btoa(String.fromCharCode(...view));
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Base64 as WebAuthn writes it in JSON. */
const urlBase64Of = (base64: string) => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
