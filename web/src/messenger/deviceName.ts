import { t } from '../i18n';

export type Browser = 'chromium' | 'firefox' | 'safari' | 'other';

/** The browser's family, for advice that differs between them. */
export function browserOf(userAgent: string): Browser {
  if (/Firefox\/|FxiOS/.test(userAgent)) return 'firefox';
  if (/Chrom(e|ium)\/|CriOS|Edg/.test(userAgent)) return 'chromium';
  return /Safari\//.test(userAgent) ? 'safari' : 'other';
}

/** A first guess at the name of this device, like “Chrome on Linux”. */
export function guessDeviceName(userAgent: string): string {
  return t('platform.onSystem', { browser: browserName(userAgent), system: systemName(userAgent) });
}

function browserName(userAgent: string): string {
  if (/Edg/.test(userAgent)) return 'Edge';
  if (/OPR\//.test(userAgent)) return 'Opera';
  if (/Firefox\/|FxiOS/.test(userAgent)) return 'Firefox';
  if (/Chrom(e|ium)\/|CriOS/.test(userAgent)) return 'Chrome';
  return /Safari\//.test(userAgent) ? 'Safari' : t('platform.web');
}

function systemName(userAgent: string): string {
  if (/Android/.test(userAgent)) return 'Android';
  if (/iPad/.test(userAgent)) return 'iPad';
  if (/iPhone/.test(userAgent)) return 'iPhone';
  if (/CrOS/.test(userAgent)) return 'ChromeOS';
  if (/Windows/.test(userAgent)) return 'Windows';
  if (/Mac OS X|Macintosh/.test(userAgent)) return 'Mac';
  return 'Linux';
}
