import { describe, expect, it } from 'vitest';
import { strengthOf } from './passphrase';

describe('the strength of a passphrase (M38)', () => {
  it.each([
    ['', 'short'],
    ['1234567', 'short'],
    ['🙂🙂🙂🙂', 'short'],
    ['12345678', 'weak'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['abababababababababab', 'weak'],
    ['password1234', 'weak'],
    ['Wachtwoord1!', 'weak'],
    ['2002199320', 'weak'],
    ['Geese fly at 9', 'fair'],
    ['seven geese on a roof', 'strong'],
    ['correct horse battery staple', 'strong'],
    ['kD9#vQ2!xR7w', 'fair'],
    ['zeven ganzen op een dak', 'strong'],
  ] as const)('%j is %s', (passphrase, strength) => expect(strengthOf(passphrase)).toBe(strength));
});
