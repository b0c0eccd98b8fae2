// Prints `tests: N passed, M failed, K skipped` over vitest's JSON reports: count.cjs REPORT=STATUS ... A suite that could not be loaded
// counts as one failed test, and so does a run that failed without a failed test, such as one that wrote no report.
'use strict';
const { existsSync, readFileSync } = require('node:fs');

const total = { passed: 0, failed: 0, skipped: 0 };
for (const argument of process.argv.slice(2)) {
  const [report, status] = argument.split('=');
  const { passed, failed, skipped } = existsSync(report)
    ? countsOf(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 };
  total.passed += passed;
  total.failed += status !== '0' && failed === 0 ? 1 : failed;
  total.skipped += skipped;
}
console.log(`tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);

function countsOf({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}
