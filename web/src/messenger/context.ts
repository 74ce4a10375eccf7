import { createContext } from 'svelte';
import type { Theme } from '../ui/theme.svelte';
import type { AppLock } from './appLock.svelte';
import type { Attention } from './attention.svelte';
import type { ChatList } from './chatList.svelte';
import type { Core } from './core';
import type { Drafts } from './drafts.svelte';
import type { Pictures } from './pictures.svelte';
import type { Search } from './search.svelte';
import type { Session } from './session.svelte';
import type { Settings } from './settings.svelte';
import type { TwoStepState } from './twoStep.svelte';

/** What the views of the messenger share. */
export interface Messenger {
  core: Core;
  lock: AppLock;
  session: Session;
  twoStep: TwoStepState;
  chats: ChatList;
  drafts: Drafts;
  pictures: Pictures;
  search: Search;
  attention: Attention;
  theme: Theme;
  settings: Settings;
}

export const [getMessenger, setMessenger] = createContext<Messenger>();
