import type { MessagesTexts } from './messages';

export const messagesNl: MessagesTexts = {
  delete: {
    title: 'Bericht verwijderen?',
    everyoneHint: 'Voor iedereen verwijderd gaat het van alle apparaten van iedereen in de chat. Iemand kan het eerder hebben gelezen of bewaard.',
    meHint: 'Voor jou verwijderd gaat het van al je apparaten. Anderen houden het.',
    everyone: 'Verwijderen voor iedereen',
    me: 'Verwijderen voor mij',
  },
  details: {
    title: 'Over dit bericht',
    sent: 'Verzonden',
    status: 'Status',
    pending: 'Wacht op verzending',
    sentOnly: 'Verzonden',
    delivered: 'Bezorgd bij {name}',
    read: 'Gelezen door {name}',
    failed: 'Niet verzonden',
    received: 'Ontvangen',
    versions: 'Voor het bewerkt werd',
    reactions: 'Reacties',
    removeReaction: 'Je reactie weghalen',
    you: 'Jij',
    unknown: 'Iemand',
    expires: 'Verdwijnt',
    votes: 'Stemmen',
  },
  forward: {
    title: 'Doorsturen naar',
    search: 'Zoek een chat',
    none: 'Geen chat heet zo.',
    send: 'Doorsturen',
    hint: 'Het bericht wordt als doorgestuurd gemerkt. Niemand ziet van wie het komt.',
  },
  react: { title: 'Reageren' },
};
