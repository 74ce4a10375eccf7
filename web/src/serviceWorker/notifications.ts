/**
 * What a page and the service worker say to each other about the system's notifications. Types only: the service
 * worker is one file.
 */

/** From a page: show this, unless the person looks at a window of the app. */
export interface ShowNotification {
  kind: 'notify';
  /** One that is shown with the same tag is replaced, without a sound. */
  tag: string;
  title: string;
  body: string;
  lang: string;
  /** Shown also when somebody looks: a test. */
  always: boolean;
  silent?: boolean;
  /** The place in the app that a click opens, like #/chat/…; where it was left if there is none. */
  open?: string;
  /** A button, and the place in the app that it opens, like #/settings. */
  action?: { title: string; hash: string };
}

/** From a page: what to show when a push service wakes the service worker and no page is there. */
export interface PushText {
  kind: 'pushText';
  text: { title: string; body: string; lang: string };
  silent: boolean;
  /** Minutes of the day in which nothing makes a sound. */
  quiet: { from: number; until: number } | undefined;
}

/** From a page: it has fetched what there is, and told the person of it. */
export interface Awake {
  kind: 'awake';
}

export type FromPage = ShowNotification | PushText | Awake;

/** To a page: go to this place. */
export interface GoTo {
  kind: 'goTo';
  hash: string;
}

/** To a page: the relay has something for this device. */
export interface Wake {
  kind: 'wake';
}

export type ToPage = GoTo | Wake;
