/** In English; see report.ts. */
export const reportEn = {
  title: 'Report {name}',
  hint: 'Tells the person who runs your server. They cannot read your chats: they see only what you choose here, with your number and the other one.',
  choose: 'Messages to show them, as text. Photos and files are named, not sent.',
  note: 'What happened? (optional)',
  block: 'Also block {name}',
  sends: 'The operator gets {count} messages, your words above, and both numbers.',
  sendsNone: 'The operator gets no messages: your words above, and both numbers.',
  send: 'Report',
  done: 'Reported. The operator has what you chose; the other person is not told.',
};
