import { defineConfig, mergeConfig } from 'vitest/config';
import { reporters, sources } from './vitest.config.ts';

/** On a Kubernetes with a node. One file after the other: they share its two cores, and some take its parts away. */
export default mergeConfig(
  defineConfig(sources),
  defineConfig({
    test: {
      include: ['test/e2e/**/*.e2e.ts'],
      globalSetup: 'test/e2e/setup.ts',
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      reporters,
    },
  }),
);
