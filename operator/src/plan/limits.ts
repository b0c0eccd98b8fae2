/** The numbers of the plan, in milliseconds where nothing else is said. */

/** After this long without an answer of the scheduler, ready workers that have to go are deleted without asking it. */
export const UNKNOWN_MS = 30_000;

/** Older news of the scheduler is not enough to act on its being idle. */
export const FRESH_MS = 15_000;

/** A pod that ends sooner than this is a failure of its own, and its successor waits. */
export const SHORT_LIFE_MS = 60_000;
/** How long the successor of a pod that ended soon waits: doubled each time, up to the longest. */
export const BACKOFF_MS = 10_000;
export const LONGEST_BACKOFF_MS = 300_000;

/** While the API server refuses pods (a quota, a policy), one is tried this often. */
export const REFUSED_MS = 10_000;

/** How long the scheduler's pod may be missing before the API server is asked why. */
export const MISSING_MS = 2_000;

/** Pods made in one plan: other clusters want to be looked at, too. */
export const MOST_CREATED = 50;

/** How many pods that have ended are kept to be looked at, for each group that lacks workers. */
export const MOST_ENDED = 3;

/** How often a name is looked at that somebody else has: he is told to free it. */
export const TAKEN_MS = 5_000;
/** And one that an earlier cluster of the same name still has, and that will be free by itself. */
export const LEAVING_MS = 1_000;
