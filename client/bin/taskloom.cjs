#!/usr/bin/env node
// First the guard, in plain old JavaScript, so that an old Node can still say what is wrong.
require('@taskloom/protocol/node-version');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const fromSource = process.execArgv.some((flag) => flag.includes('taskloom-source'));
const program = fromSource ? '../src/cli/main.ts' : '../dist/library/cli.js';
if (existsSync(join(__dirname, program))) import(program).then((cli) => cli.main(process.argv));
else {
  const checkout = join(__dirname, '../..');
  console.error(`taskloom: this checkout has not been built yet: run npm run build in ${checkout}`);
  process.exitCode = 1;
}
