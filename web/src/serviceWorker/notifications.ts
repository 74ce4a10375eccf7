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
  /** A button, and the place in the app that it opens, like #/settings. */
  action?: { title: string; hash: string };
}

/** To a page: go to this place. */
export interface GoTo {
  kind: 'goTo';
  hash: string;
}
