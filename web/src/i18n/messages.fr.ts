import type { MessagesTexts } from './messages';

export const messagesFr: MessagesTexts = {
  delete: {
    title: 'Supprimer le message ?',
    everyoneHint:
      'Supprimé pour tous, il disparaît de tous les appareils de toutes les personnes de la discussion. Quelqu’un a pu le lire ou l’enregistrer avant.',
    meHint: 'Supprimé pour vous, il disparaît de tous vos appareils. Les autres le gardent.',
    everyone: 'Supprimer pour tous',
    me: 'Supprimer pour moi',
  },
  details: {
    title: 'Détails du message',
    sent: 'Envoyé',
    status: 'État',
    pending: 'En attente d’envoi',
    sentOnly: 'Envoyé',
    delivered: 'Remis à {name}',
    read: 'Lu par {name}',
    failed: 'Non envoyé',
    received: 'Reçu',
    versions: 'Avant sa modification',
    reactions: 'Réactions',
    removeReaction: 'Retirer votre réaction',
    you: 'Vous',
    unknown: 'Quelqu’un',
    expires: 'Disparaît',
    votes: 'Votes',
  },
  forward: {
    title: 'Transférer à',
    search: 'Chercher une discussion',
    none: 'Aucune discussion ne porte ce nom.',
    send: 'Transférer',
    hint: 'Le message est marqué comme transféré. Personne ne voit de qui il vient.',
  },
  react: { title: 'Réagir' },
};
