// Prints the test files whose process V8 ended by a check of its own that is known to fail (docs/dependencies.md, Node), and takes them out
// of the report, so that they can be run again: ended.cjs REPORT LOG. Prints nothing where anything else failed.
'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { relative } = require('node:path');

const [report, log] = process.argv.slice(2);
const CHECK = 'Check failed: jit_page.has_value()';

if (existsSync(report) && existsSync(log) && readFileSync(log, 'utf8').includes(CHECK)) {
  const said = JSON.parse(readFileSync(report, 'utf8'));
  const ended = said.testResults.filter(({ status }) => status === 'failed');
  if (said.numFailedTests === 0) {
    const of = (wanted) =>
      ended.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === wanted)
        .length;
    const rest = {
      ...said,
      numPassedTests: said.numPassedTests - of('passed'),
      numPendingTests: said.numPendingTests - of('skipped'),
      testResults: said.testResults.filter((file) => !ended.includes(file)),
    };
    writeFileSync(report, JSON.stringify(rest));
    console.log(ended.map(({ name }) => relative(process.cwd(), name)).join(' '));
  }
}
