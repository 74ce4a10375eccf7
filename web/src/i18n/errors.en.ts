/**
 * What a person reads when a call failed, by the stable code of the failure. A code that is not here shows the
 * sentence that came with it, which is always English.
 */
export const errorsEn = {
  relay_unreachable: 'The server cannot be reached. Check your internet connection, then try again.',
  relay_url_invalid: 'This is not the address of a server. Write it like https://chat.example.org.',
  timeout: 'The server did not answer in time. Check your connection and try again.',
  unavailable: 'The server is restarting. Try again in a moment.',
  rate_limited: 'That was too often in a short time.',
  storage_full: 'The server has no room left. Tell its operator, and try again later.',
  version_unsupported: 'This app and the server do not fit together. Reload the page to get the newest version.',

  phone_invalid: 'This is not a phone number. Write it with + and the country code, like +32 470 12 34 56.',
  code_format: 'A code has six digits. Check it and try again.',
  code_wrong: 'This code is not right.',
  code_expired: 'This code is no longer good. Ask for a new one.',
  code_not_sent: 'The code could not be sent. Try again later, or ask the operator of the server.',
  invitation_needed: 'This server is by invitation. Ask its operator for one, then enter the code you got.',
  name_invalid: 'Please give a name of 1 to 64 characters.',
  own_number: 'This is your own number. Enter the number of someone else.',
  account_unknown: 'Nobody with this number uses this server. Check the number, or invite them.',

  link_malformed: 'This is not a Parley link code. Scan the QR code that the new device shows, or paste its whole link.',
  link_other_relay: 'The new device uses another server than your account. Enter your server there and scan again.',
  link_tampered: 'What came back did not match the code on the screen, so nothing was linked. Refresh the code and scan again.',
  link_expired: 'This code has expired. Refresh it on the new device and scan again.',
  link_used: 'This code was already used. Refresh it on the new device and scan again.',
  link_unknown: 'This code is not known any more. Refresh it on the new device and scan again.',
  too_many_devices: 'Your account has as many devices as it may have. Log one out, then try again.',
  primary_only: 'Only your primary phone can do this.',
  device_unknown: 'This device is not in your list any more.',

  safety_code: 'This is not a safety code. Ask your contact to open the safety number of your chat and scan the code shown there.',
  safety_other_person: 'This code belongs to another chat. Ask your contact to open the chat with you and show the code there.',
  chat_unknown: 'This chat is not on this device. Open it again from the list.',
  message_empty: 'There is nothing to send yet. Write something first.',
  too_large: 'This is too long. Shorten it or split it.',
  local_storage_full: 'This device has no room left. Make some room, then try again; nothing was lost.',
  local_storage: 'This device could not save. Reload the page; if it happens again, check the disk.',
} as const;
