import { defineConfig } from 'vitest/config';

const report = process.env.TASKLOOM_TEST_REPORT;

export default defineConfig({
  resolve: { conditions: ['taskloom-source'] },
  ssr: { resolve: { conditions: ['taskloom-source'], externalConditions: ['taskloom-source'] } },
  test: {
    include: ['*/src/**/*.test.ts', 'scheduler/{test,sim}/**/*.test.ts', '{test,bench}/**/*.test.ts'],
    globalSetup: 'test/kubernetes/shared.ts',
    testTimeout: 20_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
