/** Whether the API server refuses a pod only for now: there would be room for it in a larger quota, or with fewer others. */
export const isQuota = (refusal: string): boolean => refusal.includes('exceeded quota');
