import { timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import { type Control, type Message, PROTOCOL, type Role } from '../messages.ts';
import { VERSION } from '../version.ts';
import type { Connection } from './port.ts';

type Hello = Control<'hello'>;
type Welcome = Control<'welcome'>;

export interface Introduced {
  readonly welcome: Welcome;
  /** What arrived behind the welcome before the caller opened the connection: to be handled first. */
  readonly early: Message[];
}

/** The calling side: says hello, waits for welcome. Rejects with the reason of the refusal. The caller opens the connection next. */
export function introduce(
  connection: Connection,
  who: Pick<Hello, 'role' | 'token'> & { worker?: Hello['worker']; protocol?: readonly [number, number] },
): Promise<Introduced> {
  return new Promise((resolve, reject) => {
    const early: Message[] = [];
    let welcomed = false;
    connection.open({
      messages: (batch) => {
        if (welcomed) return void early.push(...batch);
        const [first, ...rest] = batch;
        if (first?.op === 'welcome') {
          welcomed = true;
          early.push(...rest);
          resolve({ welcome: first, early });
        } else if (first?.op === 'refused') {
          reject(new ProtocolError(first.code as ProtocolError['code'], first.message));
        } else reject(new ProtocolError('hello-expected', `${connection.peer} answered hello with ${first?.op}`));
      },
      closed: reject,
    });
    const { role, token, worker, protocol = PROTOCOL } = who;
    connection.send({
      op: 'hello', role, token, version: VERSION, protocol: [...protocol], ...(worker && { worker }),
    }); // biome-ignore format: one thought
  });
}

export interface Guard {
  /** The token that each role must show. */
  readonly tokens: Readonly<Record<Role, string>>;
  /** What this side speaks; PROTOCOL but in tests. */
  readonly protocol?: readonly [number, number];
}

/** The called side: waits for hello, refuses with a reason or gives it with the version agreed on. The caller says welcome. */
export function greet(connection: Connection, guard: Guard): Promise<{ hello: Hello; protocol: number }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: ProtocolError) => {
      clearTimeout(timer);
      connection.send({ op: 'refused', code: error.code, message: error.message });
      connection.close(error.code, error.message);
      reject(error);
    };
    const timer = setTimeout(
      () => refuse(new ProtocolError('hello-expected', 'no hello came')),
      Limits.helloMs,
    );
    connection.open({
      messages: ([first]) => {
        if (first?.op !== 'hello')
          return refuse(new ProtocolError('hello-expected', `hello comes before ${first?.op}`));
        const problem = objection(first, guard);
        if (problem) return refuse(problem);
        clearTimeout(timer);
        resolve({ hello: first, protocol: agreed(first.protocol, guard.protocol ?? PROTOCOL) });
      },
      closed: (reason) => {
        clearTimeout(timer);
        reject(reason);
      },
    });
  });
}

function objection(hello: Hello, guard: Guard): ProtocolError | undefined {
  if (!sameToken(hello.token, guard.tokens[hello.role])) {
    return new ProtocolError(
      'wrong-token',
      `the ${hello.role} token is not this scheduler's: see TASKLOOM_TOKEN`,
    );
  }
  const ours = guard.protocol ?? PROTOCOL;
  if (agreed(hello.protocol, ours) > 0) return undefined;
  const older =
    hello.protocol[1] < ours[0] ? `the ${hello.role} (${hello.version})` : `the scheduler (${VERSION})`;
  const theirs = `${hello.protocol[0]}-${hello.protocol[1]}`;
  return new ProtocolError(
    'version-mismatch',
    `the ${hello.role} speaks protocol ${theirs}, the scheduler ${ours[0]}-${ours[1]}: upgrade ${older}`,
  );
}

/** The newest version that both speak, 0 if there is none. */
function agreed(theirs: readonly [number, number], ours: readonly [number, number]): number {
  const newest = Math.min(theirs[1], ours[1]);
  return newest >= Math.max(theirs[0], ours[0]) ? newest : 0;
}

function sameToken(given: string, wanted: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}
