// Prints `tests: N passed, M failed` from vitest's JSON report. A suite that could not be loaded counts as one failed test.
'use strict';
const { existsSync, readFileSync } = require('node:fs');

const [report, status] = process.argv.slice(2);
let passed = 0;
let failed = 0;
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  passed = numPassedTests;
  failed = numFailedTests + unloaded.length;
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`tests: ${passed} passed, ${failed} failed`);
