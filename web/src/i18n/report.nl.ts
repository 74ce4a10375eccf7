import type { ReportTexts } from './report';

/** In Dutch; see report.ts. */
export const reportNl: ReportTexts = {
  title: '{name} melden',
  hint: 'Laat het weten aan wie je server beheert. Die kan je chats niet lezen en ziet alleen wat je hier kiest, met jouw nummer en het andere.',
  choose: 'Berichten om te tonen, als tekst. Foto’s en bestanden worden genoemd, niet verstuurd.',
  note: 'Wat is er gebeurd? (niet verplicht)',
  block: '{name} ook blokkeren',
  sends: 'De beheerder krijgt {count} berichten, je woorden hierboven en beide nummers.',
  sendsNone: 'De beheerder krijgt geen berichten: je woorden hierboven en beide nummers.',
  send: 'Melden',
  done: 'Gemeld. De beheerder heeft wat je koos; de ander krijgt geen bericht.',
};
