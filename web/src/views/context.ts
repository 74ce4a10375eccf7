import { createContext } from 'svelte';
import type { Router } from './router.svelte';

export const [getRouter, setRouter] = createContext<Router>();
