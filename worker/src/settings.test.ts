import { expect, test } from 'vitest';
import { settingsFrom } from './settings.ts';

const needed = { TASKLOOM_ADDRESS: 'ws://127.0.0.1:1', TASKLOOM_TOKEN: 'secret' };

test('what is not said keeps its default', () => {
  expect(settingsFrom(needed)).toEqual({ address: 'ws://127.0.0.1:1', token: 'secret' });
});

test('everything that can be said', () => {
  const said = {
    ...needed,
    TASKLOOM_WORKER_TOKEN: 'of workers',
    TASKLOOM_NAME: 'w7',
    TASKLOOM_HOST: '::1',
    TASKLOOM_PORT: '9000',
    TASKLOOM_ADVERTISE: 'w7.example',
    TASKLOOM_THREADS: '3',
    TASKLOOM_CONCURRENCY: '10',
    TASKLOOM_THREAD_MEMORY_MB: '512',
    TASKLOOM_RESOURCES: 'GPU=1, disk=0.5',
    TASKLOOM_PID_FILE: '/tmp/w7.pid',
  };
  expect(settingsFrom(said)).toEqual({
    address: 'ws://127.0.0.1:1', token: 'of workers', name: 'w7', host: '::1', port: 9000, advertise: 'w7.example',
    threads: 3, concurrency: 10, threadMemoryMb: 512, resources: { GPU: 1, disk: 0.5 },
    pidFile: '/tmp/w7.pid',
  }); // biome-ignore format: a record
});

test('the memory of a container is shared among the heaps of its threads', () => {
  const container = { ...needed, TASKLOOM_THREADS: '4', TASKLOOM_MEMORY_LIMIT: String(2 ** 31) };
  expect(settingsFrom(container)).toMatchObject({ threads: 4, threadMemoryMb: 384 });
  expect(settingsFrom({ ...container, TASKLOOM_MEMORY_LIMIT: '1000' })).toMatchObject({ threadMemoryMb: 64 });
  expect(settingsFrom({ ...container, TASKLOOM_THREAD_MEMORY_MB: '99' })).toMatchObject({
    threadMemoryMb: 99,
  });
});

test.each([
  [{ ...needed, TASKLOOM_THREADS: 'two' }, 'TASKLOOM_THREADS is two'],
  [{ ...needed, TASKLOOM_THREADS: '0' }, 'TASKLOOM_THREADS is 0; it must be a whole number from 1 up'],
  [
    { ...needed, TASKLOOM_CONCURRENCY: '1025' },
    'TASKLOOM_CONCURRENCY is 1025; it must be a whole number from 1 to 1024',
  ],
  [{ ...needed, TASKLOOM_RESOURCES: 'GPU' }, 'TASKLOOM_RESOURCES has GPU'],
])('%j is refused with what to write', (env, message) => {
  expect(() => settingsFrom(env)).toThrow(message);
});
