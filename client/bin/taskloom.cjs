#!/usr/bin/env node
// Plain and old-fashioned, so that an old Node can still say what is wrong.
'use strict';

var NEEDED = [22, 19];
var version = process.versions.node.split('.').map(Number);

if (version[0] < NEEDED[0] || (version[0] === NEEDED[0] && version[1] < NEEDED[1])) {
  console.error(
    'taskloom needs Node ' +
      NEEDED.join('.') +
      ' or newer, this is ' +
      process.versions.node +
      ': ' +
      'install one from https://nodejs.org, or run it with: npx -p node@24 taskloom',
  );
  process.exit(1);
}

var fromSource = process.execArgv.some((flag) => flag.indexOf('taskloom-source') >= 0);
import(fromSource ? '../src/cli/main.ts' : '../dist/cli/main.js').then((cli) => cli.main(process.argv));
