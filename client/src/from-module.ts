/** Functions by the module that exports them. */
import { fromModule as named } from '@taskloom/protocol/functions';
import { given, refuse } from './said.ts';

/**
 * A function by the URL of the module that exports it and its name there, for runtimes that do not let a program inspect its own functions,
 * as `node --permission` without `--allow-inspector`. Nothing of it is sent: the worker imports the module, so it must have the same file.
 * A function of your own is `fromModule(import.meta.resolve('./tasks.js'), 'score')`. With `--permission`, a `LocalCluster` needs
 * `--allow-worker`, and unless it is in this process `--allow-child-process`.
 *
 * @example
 * import { fromModule, LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const nameOf = fromModule<[string], string>('node:path', 'basename');
 * console.log(await client.submit(nameOf, 'data/pi.csv')); // pi.csv
 */
export const fromModule: typeof named = (moduleUrl, exportName) => {
  if (typeof moduleUrl !== 'string' || typeof exportName !== 'string')
    refuse(
      `fromModule takes the URL of a module and the name of what it exports, got ${given(moduleUrl)} and ${given(exportName)}`,
    );
  if (/^\.\.?\//.test(moduleUrl))
    refuse(
      `${given(moduleUrl)} is another module where the worker is: say import.meta.resolve(${given(moduleUrl)})`,
    );
  return named(moduleUrl, exportName);
};
