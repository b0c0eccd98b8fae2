import { AssertionError } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeError,
  decodeValue,
  encodeError,
  encodeValue,
  joinParts,
  MAX_ERROR_BYTES,
  RemoteThrow,
  ValueError,
} from './index.ts';
import { Codec } from './port.ts';

const place = { task: 'score', worker: 'w1', attempt: 2 };

function arrived(thrown: unknown): Error & { cause?: unknown; errors?: unknown; thrown?: unknown } {
  return decodeError(encodeError(thrown, place));
}

class ValidationError extends TypeError {
  field = 'age';
}

describe('an error that a task threw', () => {
  it('says where it came from', () => {
    const sent = new Error('boom');
    const error = arrived(sent);
    expect(error).toMatchObject({ message: 'boom', taskloom: place });
    expect(error.stack).toBe(`${sent.stack}\n    at task score (worker w1, attempt 2)`);
  });

  it('says nothing of what called the task, unless that is all there is', () => {
    const cause = Object.assign(new Error('why'), { stack: 'Error: why\n    at ours' });
    const sent = Object.assign(new Error('boom', { cause }), {
      stack: 'Error: boom\n    at ours\n    at theirs\n    at ours\n    at ours',
    });
    const error = decodeError(encodeError(sent, place, (frame) => frame.endsWith('at ours')));
    expect(error.stack).toBe(
      'Error: boom\n    at ours\n    at theirs\n    at task score (worker w1, attempt 2)',
    );
    expect((error.cause as Error).stack).toBe('Error: why\n    at ours');
  });

  const builtIns: [string, Error][] = [
    new Error('x'),
    new EvalError('x'),
    new RangeError('x'),
    new ReferenceError('x'),
    new SyntaxError('x'),
    new TypeError('x'),
    new URIError('x'),
    new AggregateError([], 'x'),
    new DOMException('x', 'AbortError'),
  ].map((error) => [error.constructor.name, error]);
  it.each(builtIns)('is of the same class: %s', (_, sent) => {
    const error = arrived(sent);
    expect(Object.getPrototypeOf(error)).toBe(Object.getPrototypeOf(sent));
    expect([error.name, error.message]).toEqual([sent.name, 'x']);
  });

  it('is the nearest built-in class under its own name when its class is the user’s', () => {
    const error = arrived(new ValidationError('too old'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'ValidationError', message: 'too old', field: 'age' });
    expect(arrived(Object.assign(new Error('x'), { name: 'Custom' })).name).toBe('Custom');
  });

  it('keeps its own properties, of any codec, and drops those that cannot travel', () => {
    const sent = Object.assign(new Error('x'), {
      code: 'E1',
      at: new Date(5),
      seen: new Map([[1, 2]]),
      lost: () => 1,
    });
    const error = arrived(sent);
    expect(error).toMatchObject({ code: 'E1', at: new Date(5), seen: new Map([[1, 2]]) });
    expect(error).not.toHaveProperty('lost');
  });

  it('keeps what Node says of a failed assertion', () => {
    const error = arrived(new AssertionError({ actual: 1, expected: 2, operator: 'strictEqual' }));
    expect(error).toMatchObject({ name: 'AssertionError', code: 'ERR_ASSERTION', actual: 1, expected: 2 });
  });

  it('brings its causes, in cycles too', () => {
    const inner = new RangeError('inner', { cause: 'plain' });
    const outer = new Error('outer', { cause: inner });
    expect(arrived(outer).cause).toMatchObject({ name: 'RangeError', message: 'inner', cause: 'plain' });
    inner.cause = outer;
    const error = arrived(outer);
    expect((error.cause as Error).cause).toBe(error);
  });

  it('brings the errors that it aggregates', () => {
    const { errors } = arrived(new AggregateError([new TypeError('a'), 'b', undefined], 'all'));
    expect(errors).toEqual([expect.objectContaining({ name: 'TypeError', message: 'a' }), 'b', undefined]);
  });

  it('cannot change prototypes', () => {
    const sent = Object.defineProperty(new Error('x'), '__proto__', {
      value: { polluted: 1 },
      enumerable: true,
    });
    expect(Object.getPrototypeOf(arrived(sent))).toBe(Error.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('can be read and made in another language', () => {
    const failure = decodeValue(encodeError(new ValidationError('x'), place));
    expect(failure).toMatchObject({ ...place, thrown: { error: 0 } });
    const made = {
      ...place,
      thrown: { error: 0 },
      errors: [{ class: 'KeyError', name: 'KeyError', message: "'age'" }],
    };
    const error = decodeError(joinParts(encodeValue(made)));
    expect(error).toMatchObject({ name: 'KeyError', message: "'age'" });
    expect(error.stack).toBe("KeyError: 'age'\n    at task score (worker w1, attempt 2)");
  });
});

describe('anything else that a task threw', () => {
  it.each([['text'], [undefined], [null], [0], [{ code: 5 }], [new Map([[1, 2]])]])(
    'comes along: %s',
    (thrown) => {
      const error = arrived(thrown);
      expect(error).toBeInstanceOf(RemoteThrow);
      expect(error.thrown).toStrictEqual(thrown);
      expect(error).toMatchObject({ taskloom: place });
    },
  );

  it('is described when it cannot be sent', () => {
    expect(arrived(Symbol('x')).message).toBe('the task threw Symbol(x), which cannot be sent');
  });

  it('has no stack of this side, where nothing went wrong', () => {
    for (const thrown of [undefined, 'text', Symbol('x')]) {
      const { message, stack } = arrived(thrown);
      expect(stack).toBe(`RemoteThrow: ${message}\n    at task score (worker w1, attempt 2)`);
    }
  });

  const hostile = {
    get message(): never {
      throw new Error('message');
    },
  };
  const proxy = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('get');
    },
    getPrototypeOf: () => {
      throw new Error('getPrototypeOf');
    },
  });
  const endless = new AggregateError([]);
  Object.defineProperty(endless, 'errors', {
    value: { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) },
  });
  const each: [string, unknown][] = [
    ['an object with a throwing getter', hostile],
    [
      'an error with a throwing getter',
      Object.defineProperties(new Error('x'), Object.getOwnPropertyDescriptors(hostile)),
    ],
    ['a proxy that throws', proxy],
    ['an aggregate of endless errors', endless],
    ['lone surrogates', Object.assign(new Error('\ud800'), { '\ud800': '\udc00' })],
    ['a name that is no text', Object.assign(new Error('x'), { name: 5, stack: 7 })],
  ];
  it.each(each)('never makes the codec throw: %s', (_, thrown) => {
    expect(arrived(thrown)).toMatchObject({ taskloom: place });
  });

  it('stays under 64 KiB', () => {
    const chain = Array.from({ length: 100 }).reduce<Error>(
      (cause) => new Error('x'.repeat(9_000), { cause }),
      new Error(),
    );
    const properties = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`p${index}`, 'é'.repeat(2_000)]),
    );
    for (const thrown of [
      chain,
      Object.assign(new Error('€'.repeat(100_000)), properties),
      '€'.repeat(1_000_000),
    ]) {
      expect(encodeError(thrown, place).byteLength).toBeLessThanOrEqual(MAX_ERROR_BYTES);
      expect(arrived(thrown)).toMatchObject({ taskloom: place });
    }
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(
        fc.anything({ withMap: true, withNullPrototype: true, withSparseArray: true }),
        (thrown) => {
          const bytes = encodeError(Object.assign(new Error('x', { cause: thrown }), { thrown }), place);
          // The high bit says that buffers follow (port.ts): what was thrown may be large.
          expect(bytes[0]! & 0x7f).toBe(Codec.msgpack);
          expect(decodeError(bytes)).toMatchObject({ message: 'x', taskloom: place });
        },
      ),
    );
  });
});

describe('bytes that are no failure', () => {
  it('are a ValueError', () => {
    for (const value of [1, {}, { ...place, thrown: { error: 3 }, errors: [] }]) {
      expect(() => decodeError(joinParts(encodeValue(value)))).toThrow(ValueError);
    }
  });
});
