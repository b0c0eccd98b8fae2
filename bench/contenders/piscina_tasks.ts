// What piscina's threads run: it wants a file, whose exports are the tasks.
import { kernel } from '../work.ts';

export default function increment(x: number): number {
  return x + 1;
}

export function busy(count: number): number {
  return kernel(count);
}
