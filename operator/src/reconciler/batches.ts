/** Many requests at once, but not before a few have shown that they are welcome. */

/** At most this many of one cluster's requests are under way: those of the others find room between them. */
const MOST = 32;

/**
 * One, then two, then four... at a time, as the ReplicaSet controller makes pods: what a quota refuses is refused once, not a thousand
 * times. Ends when `attempt` answers false.
 */
export async function inGrowingBatches<T>(
  items: readonly T[],
  attempt: (item: T) => Promise<boolean>,
): Promise<void> {
  let size = 1;
  for (let done = 0; done < items.length; ) {
    const batch = items.slice(done, done + size);
    const welcome = await Promise.all(batch.map(attempt));
    if (!welcome.every(Boolean)) return;
    done += batch.length;
    size = Math.min(MOST, size * 2);
  }
}
