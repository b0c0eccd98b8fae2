/**
 * What each role's certificate says. Dialers demand it whatever the address, so that addresses of pods need no certificate of their own
 * (the operator's crd/names.ts has them too, for those who do not load this package).
 */
export const SERVER_NAMES = { scheduler: 'scheduler.taskloom.dev', worker: 'worker.taskloom.dev' } as const;
