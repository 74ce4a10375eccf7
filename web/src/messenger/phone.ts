/** Phone numbers as people write them, and as the core wants them: + and up to 15 digits (E.164). */
import { rightToLeft } from '../ui/direction';

const twoDigitCodes = new Set(
  ('20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 ' +
    '81 82 84 86 90 91 92 93 94 95 98').split(' '),
);

/** Takes the spaces, dots, dashes and brackets out; 00 at the start becomes +. */
export function normalizePhone(written: string): string {
  const bare = written.replace(/[\s().\-/\u00a0\u202f\u2066\u2069]/g, '');
  return bare.startsWith('00') ? `+${bare.slice(2)}` : bare;
}

/** What is wrong with a number before anybody is asked; undefined when it may be one. */
export function phoneFault(written: string): 'format' | 'short' | undefined {
  const phone = normalizePhone(written);
  if (!/^\+[1-9]\d{0,14}$/.test(phone)) return 'format';
  return phone.length < 8 ? 'short' : undefined;
}

/**
 * +32470123456 → +32 470 12 34 56: grouped for the eye, not by each country's own rules. Amid a text from right to left
 * its groups stay in their order (Unicode isolates).
 */
export function formatPhone(phone: string): string {
  if (!/^\+\d+$/.test(phone)) return phone;
  return rightToLeft() ? `\u2066${grouped(phone)}\u2069` : grouped(phone);
}

function grouped(phone: string): string {
  const digits = phone.slice(1);
  const code = digits.slice(0, codeLength(digits));
  return [`+${code}`, ...groups(digits.slice(code.length))].join(' ');
}

function codeLength(digits: string): number {
  if (digits.startsWith('1') || digits.startsWith('7')) return 1;
  return twoDigitCodes.has(digits.slice(0, 2)) ? 2 : 3;
}

function groups(digits: string): string[] {
  const found: string[] = [];
  let rest = digits;
  if (rest.length % 2 === 1) {
    found.push(rest.slice(0, 3));
    rest = rest.slice(3);
  }
  for (; rest; rest = rest.slice(2)) found.push(rest.slice(0, 2));
  return found;
}
