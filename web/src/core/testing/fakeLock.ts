/** The app lock of the fake core: the passphrase is right or wrong, and nothing is encrypted. */
import type { Error as ApiError, LockStatus, Params } from './fakeTypes';

const open = new Set(['lockStatus', 'unlock', 'lock', 'eraseDevice']);

export class FakeLock {
  #passphrase = '';
  #wrong = 0;
  #status: LockStatus = { state: 'off', passphrase: false, passkeys: [], lockAfterMs: 0 };

  /** `tell` tells of a change; with `reset` everything is to be read again. */
  constructor(private readonly tell: (status: LockStatus, reset: boolean) => void) {}

  get status(): LockStatus {
    return this.#status;
  }

  refuses(method: string): boolean {
    return this.#status.state === 'locked' && !open.has(method);
  }

  set({ passphrase, lockAfterMs }: Params<'setLock'>): LockStatus {
    if (passphrase.length < 8) throw fault('passphrase_short');
    this.#passphrase = passphrase;
    return this.#change({ state: 'open', passphrase: true, lockAfterMs }, true);
  }

  unlock({ passphrase }: Params<'unlock'>): LockStatus {
    if (passphrase !== undefined) this.#check(passphrase);
    this.#wrong = 0;
    return this.#change({ state: 'open' }, true);
  }

  lock(): LockStatus {
    return this.#status.state === 'open' ? this.#change({ state: 'locked' }) : this.#status;
  }

  change({ old, new: next }: Params<'changePassphrase'>): LockStatus {
    this.#check(old);
    this.#passphrase = next;
    return this.#status;
  }

  remove({ passphrase }: Params<'removeLock'>): LockStatus {
    this.#check(passphrase);
    return this.erase();
  }

  erase(): LockStatus {
    return this.#change({ state: 'off', passphrase: false, passkeys: [], lockAfterMs: 0 }, true);
  }

  addPasskey({ passphrase, name, credentialId, prfSalt }: Params<'addPasskey'>): LockStatus {
    if (passphrase !== undefined) this.#check(passphrase);
    return this.#change({ passkeys: [...this.#status.passkeys, { id: credentialId, name, credentialId, prfSalt, created: Date.now() }] });
  }

  removePasskey({ id }: Params<'removePasskey'>): LockStatus {
    return this.#change({ passkeys: this.#status.passkeys.filter((passkey) => passkey.id !== id) });
  }

  setAfter({ lockAfterMs }: Params<'setLockAfter'>): LockStatus {
    return this.#change({ lockAfterMs });
  }

  #check(passphrase: string): void {
    if (passphrase === this.#passphrase) return;
    this.#wrong++;
    throw this.#wrong > 3 ? { ...fault('wrong_passphrase'), retryAfterMs: 30_000 } : fault('wrong_passphrase');
  }

  #change(change: Partial<LockStatus>, reset = false): LockStatus {
    this.#status = { ...this.#status, ...change };
    this.tell(this.#status, reset);
    return this.#status;
  }
}

function fault(code: string): ApiError {
  return { code, message: `The fake core says ${code}.` };
}
