import type { ExportTexts } from './export';

/** In Dutch; see export.ts. */
export const exportNl: ExportTexts = {
  title: '‘{name}’ exporteren',
  titleAll: 'Alle chats exporteren',
  hint: 'Schrijft een kopie die je zonder Parley kunt lezen. Wie de kopie heeft, kan ze lezen: ze is niet versleuteld.',
  leaves: 'Berichten die verdwijnen of één keer geopend kunnen worden, staan er niet in.',
  format: 'Formaat',
  html: 'Webpagina',
  text: 'Tekst',
  files: 'Met de foto’s en bestanden die op dit apparaat staan',
  start: 'Exporteren',
  working: 'Bezig: {messages} berichten, {files} bestanden',
  done: '{messages} berichten en {files} bestanden geëxporteerd.',
  missing: '{count} bestanden staan niet op dit apparaat. Open ze eerst in de chat om ze te kunnen exporteren.',
  leftOut: '{count} verdwijnende berichten zijn weggelaten.',
  about: 'Geëxporteerd uit Parley op {time}.',
  messages: '{count} berichten',
  you: 'Jij',
  notHere: 'niet op dit apparaat',
  forwarded: 'doorgestuurd',
  edited: 'bewerkt',
  notSent: 'niet verzonden',
};
