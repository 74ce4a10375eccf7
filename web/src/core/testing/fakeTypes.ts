import type { Methods } from '../api.gen';

export type * from '../api.gen';
export type Params<M extends keyof Methods> = Methods[M]['params'];
export type Result<M extends keyof Methods> = Methods[M]['result'];
