import type { ExportTexts } from './export';

/** In French; see export.ts. */
export const exportFr: ExportTexts = {
  title: 'Exporter « {name} »',
  titleAll: 'Exporter toutes les discussions',
  hint: 'Écrit une copie à lire sans Parley. Toute personne qui a la copie peut la lire : elle n’est pas chiffrée.',
  leaves: 'Les messages éphémères ou à ouvrir une seule fois n’y figurent pas.',
  format: 'Format',
  html: 'Page web',
  text: 'Texte',
  files: 'Avec les photos et les fichiers présents sur cet appareil',
  start: 'Exporter',
  working: 'Exportation : {messages} messages, {files} fichiers',
  done: '{messages} messages et {files} fichiers exportés.',
  missing: '{count} fichiers ne sont pas sur cet appareil. Ouvrez-les d’abord dans la discussion pour les exporter.',
  leftOut: '{count} messages éphémères n’y figurent pas.',
  about: 'Exporté de Parley le {time}.',
  messages: '{count} messages',
  you: 'Vous',
  notHere: 'absent de cet appareil',
  forwarded: 'transféré',
  edited: 'modifié',
  notSent: 'non envoyé',
};
