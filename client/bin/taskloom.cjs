#!/usr/bin/env node
// First the guard, in plain old JavaScript, so that an old Node can still say what is wrong.
require('@taskloom/protocol/node-version');

const fromSource = process.execArgv.some((flag) => flag.includes('taskloom-source'));
import(fromSource ? '../src/cli/main.ts' : '../dist/cli/main.js').then((cli) => cli.main(process.argv));
