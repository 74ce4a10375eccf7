import type { PrivacyTexts } from './privacy';

/** In French; see privacy.ts. */
export const privacyFr: PrivacyTexts = {
  title: 'Confidentialité',
  receipts: 'Confirmations de lecture',
  receiptsHint: 'Les autres voient quand vous avez lu leurs messages, et vous voyez quand ils ont lu les vôtres.',
  typing: 'Saisie',
  typingHint: 'Les autres voient quand vous écrivez, et vous voyez quand ils écrivent.',
  presence: 'En ligne et vu pour la dernière fois',
  presenceHint: 'Qui voit quand vous utilisez Parley. Si personne ne le voit, vous ne le voyez pas non plus chez les autres.',
  on: 'Activé',
  off: 'Désactivé',
  everyone: 'Toutes mes discussions',
  contacts: 'Les personnes à qui j’ai écrit',
  nobody: 'Personne',
  links: 'Aperçus des liens',
  linksHint: 'Avant l’envoi d’un lien, votre serveur demande à la page son titre et son image. Il apprend cette adresse ; les destinataires ne demandent rien.',
  blocked: 'Contacts bloqués',
  none: 'Vous n’avez bloqué personne. Pour bloquer quelqu’un, ouvrez le menu de sa discussion.',
  unblock: 'Débloquer',
  blockTitle: 'Bloquer {name} ?',
  blockHint: 'Ses messages ne vous parviennent plus, et cette personne ne voit plus quand vous êtes en ligne. Elle n’en est pas informée. Vos groupes communs restent inchangés.',
  block: 'Bloquer',
  youBlocked: 'Vous avez bloqué {name}. Rien de ce que cette personne écrit ne vous parvient.',
};
