import type { ReportTexts } from './report';

/** In French; see report.ts. */
export const reportFr: ReportTexts = {
  title: 'Signaler {name}',
  hint: 'Prévient la personne qui gère votre serveur. Elle ne peut pas lire vos discussions : elle ne voit que ce que vous choisissez ici, avec votre numéro et l’autre.',
  choose: 'Messages à lui montrer, en texte. Les photos et fichiers sont nommés, pas envoyés.',
  note: 'Que s’est-il passé ? (facultatif)',
  block: 'Bloquer aussi {name}',
  sends: 'La personne qui gère le serveur reçoit {count} messages, vos mots ci-dessus et les deux numéros.',
  sendsNone: 'La personne qui gère le serveur ne reçoit aucun message : vos mots ci-dessus et les deux numéros.',
  send: 'Signaler',
  done: 'Signalé. La personne qui gère le serveur a ce que vous avez choisi ; l’autre n’en est pas informée.',
};
