/**
 * Numbers in [0, 1) that depend on nothing but seed and stream, so that a task gives the same on every machine, in any order.
 * The generator is sfc32 of PractRand (Chris Doty-Humphrey, https://pracrand.sourceforge.net): a counter and three words, 2^32 streams.
 */
export function randomStream(seed: number, stream: number): () => number {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Seeds that differ in one bit need some rounds to part.
  for (let i = 0; i < 15; i++) next();
  return next;
}
