import { expect, test } from 'vitest';
import { SettingsError, settingsFrom } from './settings.ts';

const IMAGE = '--default-image=taskloom:1';

test('flags, else the environment, else what is usual', () => {
  const env = {
    TASKLOOM_WORKERS: '4',
    TASKLOOM_METRICS_PORT: '1',
    POD_NAMESPACE: 'system',
    POD_NAME: 'operator-0',
  };
  const settings = settingsFrom([IMAGE, '--leader-election', '--metrics-port=9090'], env);
  expect(settings).toMatchObject({
    namespace: undefined,
    defaultImage: 'taskloom:1',
    leaderElection: true,
    metricsPort: 9_090,
    healthPort: 8_081,
    workers: 4,
    operatorNamespace: 'system',
    podName: 'operator-0',
  });
});

test.each([
  [[], 'say --default-image'],
  [[IMAGE, '--metrics-port=no'], '--metrics-port is a whole number from 0 to 65535, not no'],
  [[IMAGE, '--workers=0'], '--workers is a whole number from 1'],
  [[IMAGE, '--colour=red'], "Unknown option '--colour'"],
])('%j is refused with what to say instead', (args, message) => {
  expect(() => settingsFrom(args, {})).toThrow(SettingsError);
  expect(() => settingsFrom(args, {})).toThrow(message);
});
