import type { Message, Quote } from '../core/api.gen';
import { t } from '../i18n';
import { dayNumber, durationWords, fullTime } from '../i18n/format';
import { plainText } from './formatText';
import { groupNoticeText } from './groupNotice';

/** A line of the message list. */
export type Row =
  | { type: 'start'; key: string }
  | { type: 'day'; key: string; at: number }
  | { type: 'new'; key: string }
  | { type: 'message'; key: string; message: Message; first: boolean; last: boolean };

const lines = ['keysChanged', 'devicesChanged', 'primarySilent', 'deviceUnused', 'reset', 'group', 'timer', 'pin'] as const;

/** Something the app tells, not a message of anybody. */
export function isLine(message: Message): message is Message & { kind: (typeof lines)[number] } {
  return (lines as readonly string[]).includes(message.kind);
}

/** What stands for a message that this device cannot read yet. */
export const waitingText = (message: Message, name: string): string => t(`message.waiting.${message.waitsFor ?? 'ownDevices'}`, { name });

/** What a line says in the chat with somebody, or, of a device that was silent, in the notes to oneself. */
export function lineText(message: Message, name: string): string {
  if (!isLine(message)) return '';
  if (message.kind === 'keysChanged' || message.kind === 'devicesChanged') return t(`message.${message.kind}`, { name });
  if (message.kind === 'group') return groupNoticeText(message.notice);
  if (message.kind === 'reset') return t('message.reset');
  if (message.kind === 'pin') {
    const what = message.keptFor ? 'message.pinned' : 'message.unpinned';
    return message.mine ? t(`${what}Mine`) : t(what, { name: message.senderName || name });
  }
  if (message.kind === 'timer') return message.keptFor ? t('message.timer.on', { time: durationWords(message.keptFor * 1000) }) : t('message.timer.off');
  return t(`message.${message.kind}`, { name: message.text, time: fullTime(message.until ?? 0) });
}

/** What a message is in one line of a list. */
export function previewText(message: Message, name: string): string {
  if (message.kind === 'waiting') return waitingText(message, name);
  if (message.kind === 'deleted' || message.kind === 'unsupported') return t(`message.${message.kind}`);
  if (isLine(message)) return lineText(message, name);
  const file = message.media ?? message.once;
  return plainText(message.text) || (file ? t(`media.${file.kind}`) : '');
}

/** A message as the one that answers it quotes it. */
export function quoteOf({ id, order, mine, kind, text, senderName = '', media, once }: Message): Quote {
  const file = media ?? once;
  return { id, order, mine, kind, senderName, text: text.slice(0, 400), ...(file && { media: file.kind }) };
}

/** What a quote says of the message that is answered. */
export function quoteText({ kind, text, media }: Quote): string {
  if ((media || kind === 'media' || kind === 'once') && !text) return t(`media.${media ?? 'document'}`);
  return kind === 'deleted' || kind === 'unsupported' ? t(`message.${kind}`) : plainText(text);
}

const together = 5 * 60_000;

/**
 * The lines for these messages: days, the divider before `firstNew`, and messages in groups of one writer. A row that is
 * as it was in `before` is the same object, so that what shows it is left alone.
 */
export function rowsOf(messages: Message[], firstNew: string | undefined, wholeChat: boolean, before: readonly Row[] = []): Row[] {
  const rows: Row[] = wholeChat ? [{ type: 'start', key: 'start' }] : [];
  const known = new Map(before.map((row) => [row.key, row]));
  const add = (row: Row) => rows.push(sameRow(known.get(row.key), row) ?? row);
  const days = messages.map(({ sentAt }) => dayNumber(sentAt));
  const joined = (index: number) => days[index - 1] === days[index] && messages[index]?.id !== firstNew && sameGroup(messages[index - 1], messages[index]);
  let first = true;
  for (const [index, message] of messages.entries()) {
    if (days[index - 1] !== days[index]) add({ type: 'day', key: `day-${message.id}`, at: message.sentAt });
    if (message.id === firstNew) add({ type: 'new', key: 'new' });
    const last = !joined(index + 1);
    add({ type: 'message', key: message.id, message, first, last });
    first = last;
  }
  return rows;
}

/** The row from before, if it says the same. */
function sameRow(before: Row | undefined, row: Row): Row | undefined {
  if (before?.type !== row.type) return undefined;
  if (row.type !== 'message' || before.type !== 'message') return before;
  return before.message === row.message && before.first === row.first && before.last === row.last ? before : undefined;
}

/** Two neighbours that belong together: same writer, within five minutes, plain texts. */
function sameGroup(a: Message | undefined, b: Message | undefined): boolean {
  if (!a || !b) return false;
  return a.mine === b.mine && a.senderId === b.senderId && !isLine(a) && !isLine(b) && Math.abs(b.sentAt - a.sentAt) < together;
}
