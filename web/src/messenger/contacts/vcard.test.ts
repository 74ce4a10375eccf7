import { describe, expect, it } from 'vitest';
import { readCards, writeCards } from './vcard';

describe('vCards', () => {
  it('are read: 3.0 and 4.0, folded, in groups, with pictures', () => {
    const picture = `PHOTO;ENCODING=b:${'QUJD\r\n '.repeat(5000)}`;
    const text = [
      'BEGIN:VCARD', 'VERSION:3.0', 'FN:Bob Peeters\\, plumber', 'item1.TEL;TYPE=CELL:+32 470 00 00 02', 'TEL:0470 12 34 56', picture, 'END:VCARD',
      'begin:vcard', 'FN;PREF=1:A very', '  long', ' \t name', 'TEL;VALUE=uri;TYPE="voice:x":tel:+32-470-00-00-03;ext=5', 'END:VCARD',
    ].join('\r\n');
    expect(readCards(text)).toEqual([
      { name: 'Bob Peeters, plumber', phones: ['+32470000002'] },
      { name: 'A very long name', phones: ['+32470000003'] },
    ]);
  });

  it('take nothing hostile in', () => {
    const text = `junk\nEND:VCARD\nBEGIN:VCARD\nFN:evil\u202ename\u0000${'x'.repeat(9000)}\nTEL:+3247000000${'1'.repeat(50)}\nTEL:+32470000004\nTEL:javascript:1\nEND:VCARD\nBEGIN:VCARD\nTEL:+32470000005`;
    expect(readCards(text)).toEqual([{ name: `evilname${'x'.repeat(56)}`, phones: ['+32470000004'] }]);
    expect(readCards('')).toEqual([]);
  });

  it('are written as they are read', () => {
    const text = writeCards([{ name: `Bob, the; \\plumber ${'é'.repeat(40)}`, phone: '+32470000002' }, { name: '', phone: '+32470000003' }]);
    for (const line of text.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    expect(readCards(text)).toEqual([
      { name: `Bob, the; \\plumber ${'é'.repeat(40)}`, phones: ['+32470000002'] },
      { name: '+32470000003', phones: ['+32470000003'] },
    ]);
  });
});
