/** Devices that a pod is given, as resources that tasks ask for. */
import { amountOf } from './quantity.ts';

/** What people call a gpu, by the names that vendors' plugins give it. Other devices keep their full names. */
const KNOWN: Readonly<Record<string, string>> = {
  'nvidia.com/gpu': 'gpu',
  'amd.com/gpu': 'gpu',
  'gpu.intel.com/i915': 'gpu',
  'gpu.intel.com/xe': 'gpu',
  'google.com/tpu': 'tpu',
};

/** Kubernetes' own resources have no domain, or kubernetes.io. */
const isDevice = (name: string) => name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);

/** For TASKLOOM_RESOURCES: `gpu=1,example.com/fpga=2`. Empty when there are none. */
export function devicesOf(limits: Readonly<Record<string, unknown>> = {}): string {
  const counts = new Map<string, number>();
  for (const [name, quantity] of Object.entries(limits)) {
    const count = amountOf(quantity) ?? 0;
    if (!isDevice(name) || count <= 0) continue;
    const known = KNOWN[name] ?? name;
    counts.set(known, (counts.get(known) ?? 0) + count);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}=${count}`)
    .join(',');
}
