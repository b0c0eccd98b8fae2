/** Functions that the tasks of the contract run. */
export const inc = (x: number) => x + 1;
export const add = (a: number, b: number) => a + b;
export const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
export const range = (count: number) => Array.from({ length: count }, (_, at) => at);
export const explode = (what: string): never => {
  throw new RangeError(`no ${what} today`);
};
/** Lives in this process. */
export const pending = Promise.resolve(1);
