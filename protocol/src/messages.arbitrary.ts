/** Messages at random, for property tests: every hot one in every shape that is allowed, and control ones. */
import fc from 'fast-check';
import type { HotSpec } from './frame.ts';
import { type ControlMessage, HOT, type HotMessage, type Message } from './messages.ts';

const u32 = fc.nat({ max: 0xffff_ffff });
const section = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ maxLength: 20 });

function columnsOf(spec: HotSpec): fc.Arbitrary<Record<string, number[]>> {
  const groups = Object.entries(spec.groups).map(([group, names]) => {
    const rows = fc.nat({ max: 6 }).chain((length) => {
      const row = fc.array(u32, { minLength: length, maxLength: length });
      return fc.record(Object.fromEntries(names.map((name) => [name, row])));
    });
    return [group, rows] as const;
  });
  return fc.tuple(...groups.map(([, rows]) => rows)).map((parts) => Object.assign({}, ...parts));
}

/** Offsets that divide `total` rows among `rows` rows. */
function dividing(rows: number, total: number): fc.Arbitrary<number[]> {
  if (rows === 0) return fc.constant(total === 0 ? [0] : [0, total]);
  return fc
    .array(fc.nat({ max: total }), { minLength: rows - 1, maxLength: rows - 1 })
    .map((cuts) => [0, ...cuts.sort((a, b) => a - b), total]);
}

const firstOf = (spec: HotSpec, group: string) => spec.groups[group]![0] as string;

export function hotMessage(spec: HotSpec): fc.Arbitrary<HotMessage> {
  const { fixed = 0, each, offsets = {} } = spec.shape;
  return columnsOf(spec)
    .chain((columns) => {
      const rows = (group: string) => columns[firstOf(spec, group)]!.length;
      // A row is there for what stands in the group that offsets lead into.
      for (const [, { into, of }] of Object.entries(offsets)) {
        if (of && rows(of) === 0) for (const name of spec.groups[into]!) columns[name] = [];
      }
      const divided = Object.fromEntries(
        Object.entries(offsets).map(([name, { into, of }]) => [
          name,
          dividing(of ? rows(of) : 3, rows(into)),
        ]),
      );
      const count = fixed + (each ? rows(each) : 0);
      const sections = fc.array(section, { minLength: count, maxLength: count });
      return fc.record({ divided: fc.record(divided), sections, columns: fc.constant(columns) });
    })
    .map(({ divided, sections, columns }) => {
      const typed = Object.entries({ ...columns, ...divided }).map(([name, entries]) => [
        name,
        Uint32Array.from(entries),
      ]);
      return { op: spec.op, ...Object.fromEntries(typed), sections } as unknown as HotMessage;
    });
}

const amount = fc.double({ min: 0, noNaN: true });
const worker = fc.record(
  {
    name: text,
    address: text,
    threads: fc.nat(1000),
    concurrency: fc.integer({ min: 1, max: 1024 }),
    resources: fc.dictionary(fc.stringMatching(/^[a-z/.]{1,8}$/), amount, {
      noNullPrototype: true,
      maxKeys: 3,
    }),
  },
  { requiredKeys: ['name', 'address', 'threads', 'resources'], noNullPrototype: true },
);

export const controlMessage: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record(
    {
      op: fc.constant('hello' as const),
      role: fc.constantFrom('client' as const, 'worker' as const),
      protocol: fc.tuple(u32, u32),
      version: text,
      token: text,
      worker,
    },
    { requiredKeys: ['op', 'role', 'protocol', 'version', 'token'], noNullPrototype: true },
  ),
  fc.record({ op: fc.constant('refused' as const), code: text, message: text }, { noNullPrototype: true }),
  fc.record(
    {
      op: fc.constant('heartbeat' as const),
      storeBytes: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      running: fc.array(fc.tuple(u32, u32, u32, amount), { maxLength: 5 }),
    },
    { noNullPrototype: true },
  ),
  fc.record({ op: fc.constant('leave' as const), reason: text }, { noNullPrototype: true }),
);

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  controlMessage,
  ...HOT.map((spec) => hotMessage(spec)),
);
