import { timingSafeEqual } from 'node:crypto';
import { ProtocolError, protocolCode } from '../errors.ts';
import { Limits } from '../limits.ts';
import { type Control, type Message, PROTOCOL, type Role } from '../messages.ts';
import { VERSION } from '../version.ts';
import type { Connection } from './port.ts';

type Hello = Control<'hello'>;
type Welcome = Control<'welcome'>;
type Range = readonly [number, number];

export interface Introduced {
  readonly welcome: Welcome;
  /** What arrived behind the welcome before the caller opened the connection: to be handled first. */
  readonly early: Message[];
}

/**
 * The calling side: says hello, waits for welcome. Rejects with the reason of the refusal, and closes. The caller handles
 * `early` and opens the connection next.
 */
export function introduce(
  connection: Connection,
  who: Pick<Hello, 'role' | 'token'> & { worker?: Hello['worker']; protocol?: Range },
): Promise<Introduced> {
  return new Promise((resolve, reject) => {
    const early: Message[] = [];
    let welcomed = false;
    const fail = (error: ProtocolError) => {
      clearTimeout(timer);
      reject(error);
      connection.close('closed', 'the handshake failed');
    };
    const timer = setTimeout(
      () => fail(new ProtocolError('unreachable', `${connection.peer} does not answer hello`)),
      Limits.helloMs,
    );
    connection.open({
      messages: (batch) => {
        if (welcomed) return void early.push(...batch);
        const [first, ...rest] = batch;
        if (first?.op !== 'welcome') return fail(refusal(first, connection.peer));
        clearTimeout(timer);
        welcomed = true;
        early.push(...rest);
        resolve({ welcome: first, early });
      },
      closed: fail,
    });
    const { role, token, worker, protocol = PROTOCOL } = who;
    const [oldest, newest] = protocol;
    connection.send({
      op: 'hello',
      role,
      token,
      version: VERSION,
      protocol: [oldest, newest],
      ...(worker && { worker }),
    });
  });
}

function refusal(answer: Message | undefined, peer: string): ProtocolError {
  if (answer?.op === 'refused') return new ProtocolError(protocolCode(answer.code), answer.message);
  return new ProtocolError('hello-expected', `${peer} answered hello with ${answer?.op}`);
}

export interface Guard {
  /** The token that each role must show, or those it may; read at each hello, since they may be replaced. */
  readonly tokens: Readonly<Record<Role, string | readonly string[]>>;
  /** What this side speaks; PROTOCOL but in tests. */
  readonly protocol?: Range;
}

/**
 * The called side: waits for hello, refuses with a reason and closes, or gives it with the version agreed on. The caller says
 * welcome and opens the connection; until then the peer may say nothing more.
 */
export function greet(connection: Connection, guard: Guard): Promise<{ hello: Hello; protocol: number }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: ProtocolError) => {
      clearTimeout(timer);
      connection.send({ op: 'refused', code: error.code, message: error.message });
      connection.close(error.code, error.message);
      reject(error);
    };
    const timer = setTimeout(
      () => refuse(new ProtocolError('hello-expected', `no hello came in ${Limits.helloMs} ms`)),
      Limits.helloMs,
    );
    let greeted = false;
    connection.open({
      messages: (batch) => {
        const [hello] = batch;
        if (greeted || batch.length !== 1 || hello?.op !== 'hello') return refuse(outOfTurn(batch, greeted));
        const problem = objection(hello, guard);
        if (problem) return refuse(problem);
        clearTimeout(timer);
        greeted = true;
        resolve({ hello, protocol: agreed(hello.protocol, guard.protocol ?? PROTOCOL) });
      },
      closed: (reason) => {
        clearTimeout(timer);
        reject(reason);
      },
    });
  });
}

function outOfTurn(batch: readonly Message[], greeted: boolean): ProtocolError {
  const [first, second] = batch;
  const early = greeted ? first : second;
  if (early && (greeted || first?.op === 'hello')) {
    return new ProtocolError('hello-expected', `${early.op} came before this side said welcome`);
  }
  return new ProtocolError('hello-expected', `hello comes before ${first?.op}`);
}

function objection(hello: Hello, guard: Guard): ProtocolError | undefined {
  const { role, version, protocol, token } = hello;
  if (![guard.tokens[role]].flat().some((wanted) => sameToken(token, wanted))) {
    return new ProtocolError('wrong-token', `the ${role} token is not this scheduler's: see TASKLOOM_TOKEN`);
  }
  if (role === 'worker' && !hello.worker) {
    return new ProtocolError('bad-message', 'the hello of a worker says who it is in `worker`');
  }
  const ours = guard.protocol ?? PROTOCOL;
  if (agreed(protocol, ours) > 0) return undefined;
  const older = protocol[1] < ours[0] ? `the ${role} (${version})` : `the scheduler (${VERSION})`;
  return new ProtocolError(
    'version-mismatch',
    `the ${role} speaks protocol ${said(protocol)}, the scheduler ${said(ours)}: upgrade ${older}`,
  );
}

const said = ([oldest, newest]: Range) => (oldest === newest ? `${oldest}` : `${oldest} to ${newest}`);

/** The newest version that both speak, 0 if there is none. */
function agreed(theirs: Range, ours: Range): number {
  const newest = Math.min(theirs[1], ours[1]);
  return newest >= Math.max(theirs[0], ours[0]) ? newest : 0;
}

function sameToken(given: string, wanted: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
