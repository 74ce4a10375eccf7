import type { Notice } from '../core/api.gen';
import { t } from '../i18n';
import { durationWords, pastTime } from '../i18n/format';
import { platformOf } from './platform';

export const deviceOf = (about: Notice): string => about.deviceName || platformOf(about.platform).name;

/** What a notice tells (M14, M19); now is in Unix milliseconds. */
export function noticeText(about: Notice, primary: boolean, now: number): string {
  const name = deviceOf(about);
  const limit = durationWords(about.limitMs ?? 0);
  const silent = durationWords(now - about.at);
  const left = durationWords((about.until ?? 0) - now);
  switch (about.kind) {
    case 'deviceAdded':
      return t('accountNotice.added', { name, platform: platformOf(about.platform).name, time: pastTime(about.at, now) });
    case 'primarySilent':
      return t('accountNotice.primarySilent', { silent, limit, left });
    case 'deviceUnused':
      return t('accountNotice.unused', { name, silent, limit, left });
    case 'returned': {
      const away = durationWords((about.until ?? 0) - about.at);
      return t(primary ? 'accountNotice.returnedPrimary' : 'accountNotice.returned', { away, limit });
    }
  }
}
