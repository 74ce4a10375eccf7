import type { PrivacyTexts } from './privacy';

/** In Dutch; see privacy.ts. */
export const privacyNl: PrivacyTexts = {
  title: 'Privacy',
  receipts: 'Leesbevestigingen',
  receiptsHint: 'Anderen zien wanneer je hun berichten hebt gelezen, en jij ziet wanneer zij de jouwe hebben gelezen.',
  typing: 'Typen',
  typingHint: 'Anderen zien wanneer je schrijft, en jij ziet wanneer zij schrijven.',
  presence: 'Online en laatst gezien',
  presenceHint: 'Wie ziet wanneer je Parley gebruikt. Ziet niemand het, dan zie jij het ook niet van anderen.',
  on: 'Aan',
  off: 'Uit',
  everyone: 'Iedereen met wie ik chat',
  contacts: 'Mensen aan wie ik heb geschreven',
  nobody: 'Niemand',
  links: 'Voorbeelden van links',
  linksHint: 'Voordat je een link verstuurt, vraagt je server de pagina om titel en afbeelding. Hij leert dat adres; wie het bericht krijgt, vraagt niets.',
  blocked: 'Geblokkeerde contacten',
  none: 'Je hebt niemand geblokkeerd. Blokkeren kan via het menu van een chat.',
  unblock: 'Deblokkeren',
  blockTitle: '{name} blokkeren?',
  blockHint: 'Hun berichten komen niet meer bij je aan, en ze zien niet wanneer je online bent. Ze krijgen er geen bericht van. Gedeelde groepen blijven zoals ze zijn.',
  block: 'Blokkeren',
  youBlocked: 'Je hebt {name} geblokkeerd. Wat die persoon schrijft, komt niet bij je aan.',
};
