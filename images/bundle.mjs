/**
 * What the image carries of ours, in images/out: the command line, the operator and the client library, without the packages
 * they are made of. Programs of threads and local processes are those that `npm run build` has made.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { FROM_SOURCE } from '../client/bundling.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const OUT = here('out');
/** As npm would install it, so that scripts and tasks in the image import it by name. */
const CLIENT = `${OUT}/node_modules/@taskloom/client`;

const input = {
  taskloom: here('../client/src/cli/main.ts'),
  index: here('../client/src/index.ts'),
  kubernetes: here('../client/src/kubernetes/index.ts'),
  operator: here('../operator/src/main.ts'),
  // Signs certificates in a thread of its own, where the operator looks for it.
  'issuer-thread': here('../operator/src/secrets/issuer-thread.ts'),
  // What sends functions; loaded by the library when a script first sends one.
  'capture/capture': here('../protocol/src/functions/capture/capture.ts'),
};

rmSync(OUT, { recursive: true, force: true });
const bundle = await rolldown({
  ...FROM_SOURCE,
  input: Object.fromEntries(Object.entries(input).filter(([, path]) => existsSync(path))),
});
await bundle.write({
  dir: `${CLIENT}/dist`,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared-[name]-[hash].js',
  minify: 'dce-only',
});
await bundle.close();
cpSync(here('../client/dist/processes'), `${CLIENT}/processes`, {
  recursive: true,
  filter: (path) => !path.endsWith('.map'),
});

const { name, version, license } = JSON.parse(readFileSync(here('../client/package.json'), 'utf8'));
const exports = { '.': './dist/index.js', './kubernetes': './dist/kubernetes.js' };
writeFileSync(
  `${CLIENT}/package.json`,
  `${JSON.stringify({ name, version, license, type: 'module', exports })}\n`,
);

/** A program of the PATH that runs one of the bundles. */
function program(command, code) {
  writeFileSync(`${OUT}/usr/local/bin/${command}`, `#!/usr/local/bin/node\n${code}\n`, { mode: 0o755 });
}
mkdirSync(`${OUT}/usr/local/bin`, { recursive: true });
const dist = '/node_modules/@taskloom/client/dist';
program('taskloom', `import('${dist}/taskloom.js').then(({ main }) => main(process.argv));`);
program('taskloom-operator', `import('${dist}/operator.js');`);
