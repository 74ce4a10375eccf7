import { t } from '../i18n';
import type { IconName } from '../ui/icons';

interface Shown {
  icon: IconName;
  name: string;
}

/** How a device's platform is shown. Platforms not known yet get a plain device. */
export function platformOf(platform: string): Shown {
  switch (platform) {
    case 'web':
      return { icon: 'browser', name: t('platform.web') };
    case 'android':
    case 'ios':
      return { icon: 'phone', name: t(`platform.${platform}`) };
    case 'windows':
    case 'macos':
    case 'linux':
    case 'desktop':
      return { icon: 'computer', name: t(`platform.${platform}`) };
    case 'cli':
      return { icon: 'terminal', name: t('platform.cli') };
    default:
      return { icon: 'device', name: platform || t('platform.other') };
  }
}
