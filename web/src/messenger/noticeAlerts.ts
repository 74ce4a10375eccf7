import type { Notice } from '../core/api.gen';
import { t } from '../i18n';
import { noticeText } from './noticeText';
import type { SystemNotifications } from './systemNotifications.svelte';

/** By tag, the name of the device as it was told in this browser. */
const storageKey = 'parley.told';
const prefix = 'notice-';

/** Which notices call for the person also when the app is in the background. */
const titles = {
  deviceAdded: 'accountNotice.addedTitle',
  primarySilent: 'accountNotice.primarySilentTitle',
  deviceUnused: 'accountNotice.unusedTitle',
} as const;

/** Tells by the system what the person should know about the account’s devices and does not see in the app (M14, M19). */
export class NoticeAlerts {
  #notifications: Pick<SystemNotifications, 'show' | 'keep'>;
  #storage: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(notifications: Pick<SystemNotifications, 'show' | 'keep'>, storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#notifications = notifications;
    this.#storage = storage;
  }

  /**
   * Takes note of all notices that wait for an answer. What is new is shown unless the person looks at the app, and
   * never again; what was answered, here or elsewhere, is taken away. placeOf gives where “That wasn’t me” leads.
   */
  async update(all: readonly Notice[], looking: boolean, now: number, placeOf: (notice: Notice) => string): Promise<void> {
    const told = this.#told();
    const tags = all.map((notice) => prefix + notice.id);
    this.#storage.setItem(storageKey, JSON.stringify(Object.fromEntries(all.map((notice) => [prefix + notice.id, notice.deviceName]))));
    // First: Chromium loses a notification when it is asked which there are while it is being shown.
    await this.#notifications.keep(prefix, tags);
    for (const notice of all) {
      const tag = prefix + notice.id;
      // The name of a device may come a little later than the notice.
      if (looking || notice.kind === 'returned' || told[tag] === notice.deviceName) continue;
      const action = { title: t('accountNotice.notMe'), hash: placeOf(notice) };
      const text = { tag, title: t(titles[notice.kind]), body: noticeText(notice, false, now) };
      await this.#notifications.show(notice.kind === 'deviceAdded' ? { ...text, action } : text);
    }
  }

  #told(): Record<string, string> {
    try {
      const told: unknown = JSON.parse(this.#storage.getItem(storageKey) ?? '{}');
      return typeof told === 'object' && told !== null ? (told as Record<string, string>) : {};
    } catch {
      return {};
    }
  }
}
