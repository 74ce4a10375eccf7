/** Tells of messages by the system, loaded once the messenger is there. */
import type { Chat } from '../core/api.gen';
import { t } from '../i18n';
import type { FromPage, ToPage } from '../serviceWorker/notifications';
import type { Messenger } from './context';
import { MessageAlerts } from './messageAlerts';
import { choiceOf } from './notificationRules';
import { pushManager, PushSubscriber } from './pushSubscription';
import { systemNotifications } from './systemNotifications.svelte';

type Needed = Pick<Messenger, 'core' | 'chats' | 'attention' | 'settings' | 'session'>;

/** Starts it; chats are loaded. Returns the end. */
export function startAlerts({ core, chats, attention, settings, session }: Needed, placeOf: (chatId: string) => string): () => void {
  const notifications = systemNotifications();
  const choice = () => choiceOf(settings.chosen);
  const alerts = new MessageAlerts({ notifications, choice, placeOf, looking: () => attention.active, now: () => new Date() });
  const subscriber = new PushSubscriber(core, pushManager);
  alerts.start([...chats.all, ...chats.archived]);
  let telling: Promise<void> = Promise.resolve();
  const changed = (chat: Chat) => (telling = telling.then(() => alerts.changed(chat)).catch(() => undefined));
  const follow = () => {
    if (notifications.read() !== 'allowed' || session.status.connection !== 'online') return;
    keepTexts(choice());
    void subscriber.follow(choice().on);
  };
  const wake = async ({ data }: MessageEvent<ToPage>): Promise<void> => {
    if (data.kind !== 'wake') return;
    await core.call('reconnect', {}).catch(() => undefined);
    await core.call('sync', {}).catch(() => undefined);
    await telling;
    post({ kind: 'awake' });
  };
  const look = () => document.visibilityState === 'visible' && void notifications.keep('push', []);
  const stops = [core.on('chat', changed), core.on('reset', () => alerts.start([...chats.all, ...chats.archived])), core.on('settings', follow), core.on('status', follow)];
  navigator.serviceWorker?.addEventListener('message', wake);
  document.addEventListener('visibilitychange', look);
  look();
  follow();
  return () => {
    for (const stop of stops) stop();
    navigator.serviceWorker?.removeEventListener('message', wake);
    document.removeEventListener('visibilitychange', look);
  };
}

function post(message: FromPage): void {
  navigator.serviceWorker?.controller?.postMessage(message);
}

/** The service worker has no catalogue and no settings of its own. */
function keepTexts({ sounds, quiet }: ReturnType<typeof choiceOf>): void {
  const text = { title: t('app.name'), body: t('notifications.pushBody'), lang: document.documentElement.lang };
  post({ kind: 'pushText', text, silent: !sounds, quiet });
}
