import { defineConfig, mergeConfig, type TestUserConfig } from 'vitest/config';

const report = process.env.TASKLOOM_TEST_REPORT;

export const reporters: NonNullable<TestUserConfig['reporters']> = report
  ? ['default', ['json', { outputFile: report }]]
  : ['default'];

/** Tests load the packages from their sources. */
export const sources = {
  resolve: { conditions: ['taskloom-source'] },
  ssr: { resolve: { conditions: ['taskloom-source'], externalConditions: ['taskloom-source'] } },
};

export default mergeConfig(
  defineConfig(sources),
  defineConfig({
    test: {
      include: ['*/src/**/*.test.ts', 'scheduler/test/**/*.test.ts', '{test,bench}/**/*.test.ts'],
      globalSetup: 'test/kubernetes/shared.ts',
      testTimeout: 20_000,
      reporters,
    },
  }),
);
