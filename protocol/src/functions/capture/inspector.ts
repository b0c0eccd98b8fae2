import { Session } from 'node:inspector';

/**
 * What only V8 knows about a function or an instance, read through one inspector session that never leaves the process.
 *
 * 1. One session for the process; nothing of the user's runs, nothing is printed, no port is opened.
 * 2. The values handed out are the live ones (===); the scope objects that hold them are snapshots.
 * 3. Remote references are released after every read.
 */
export interface FunctionView {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
  /** Innermost first; the last one is the global scope. */
  readonly scopes: readonly ScopeView[];
}
export interface ScopeView {
  /** `Closure (name)`, `Block`, `Module`, `Script`, `Global`. */
  readonly description: string;
  readonly object: object;
}
export interface BoundView {
  readonly target: unknown;
  readonly boundThis: unknown;
  readonly boundArgs: readonly unknown[];
}

interface RemoteValue {
  type: string;
  objectId?: string;
  value?: unknown;
  unserializableValue?: string;
}
interface Properties {
  internalProperties?: { name: string; value?: RemoteValue }[];
  privateProperties?: { name: string; value?: RemoteValue }[];
}

/** The process is not allowed to use the inspector, or has none. */
export class InspectorUnavailableError extends Error {
  readonly code = 'no-inspector';
  readonly retryable = false;

  constructor(options?: ErrorOptions) {
    super(
      'this runtime does not let a program inspect its own functions, so closures cannot be captured: ' +
        'allow it (node --permission needs --allow-inspector), or export the function from a module of its own ' +
        "and submit fromModule(import.meta.url, 'name'), with fromModule from @taskloom/client",
      options,
    );
    this.name = 'InspectorUnavailableError';
  }
}

const GROUP = 'taskloom';
/** Passes values between this code and the inspector, which sees it under one symbol of a class that all contexts share. */
const desk: { subject: unknown; answer: unknown } = { subject: undefined, answer: undefined };
const DESK = Symbol.for('taskloom.inspector.desk');

let session: Session | undefined;
let deskId = '';

export function post<T>(method: string, params?: object): T {
  let answer: { error: unknown; result: unknown } | undefined;
  connected().post(method, params, (error, result) => {
    answer = { error, result };
  });
  if (!answer) throw new InspectorUnavailableError();
  if (answer.error) throw new InspectorUnavailableError({ cause: answer.error });
  return answer.result as T;
}

export function connected(): Session {
  if (session) return session;
  try {
    const opened = new Session();
    opened.connect();
    session = opened;
  } catch (cause) {
    throw new InspectorUnavailableError({ cause });
  }
  Object.defineProperty(Session, DESK, { value: desk, configurable: true });
  const expression = `process.getBuiltinModule('node:inspector').Session[Symbol.for('taskloom.inspector.desk')]`;
  const { result } = post<{ result: RemoteValue }>('Runtime.evaluate', { expression });
  if (!result.objectId) throw new InspectorUnavailableError();
  deskId = result.objectId;
  return session;
}

export function viewFunction(fn: unknown): FunctionView {
  return inspecting(fn, ({ internalProperties }) => {
    const location = internal(internalProperties, '[[FunctionLocation]]')?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined;
    const scopes = fetchLive(internal(internalProperties, '[[Scopes]]')) as ScopeView[] | undefined;
    return {
      scriptId: location?.scriptId ?? '',
      line: location?.lineNumber ?? 0,
      column: location?.columnNumber ?? 0,
      scopes: Array.from(scopes ?? []),
    };
  });
}

export function viewBound(fn: unknown): BoundView {
  return inspecting(fn, ({ internalProperties }) => ({
    target: fetchLive(internal(internalProperties, '[[TargetFunction]]')),
    boundThis: fetchLive(internal(internalProperties, '[[BoundThis]]')),
    boundArgs: Array.from((fetchLive(internal(internalProperties, '[[BoundArgs]]')) ?? []) as unknown[]),
  }));
}

/** The `#private` fields of an instance, those of the base class first; a name may come twice. */
export function viewPrivateFields(instance: object): { name: string; value: unknown }[] {
  return inspecting(instance, ({ privateProperties }) =>
    (privateProperties ?? [])
      .filter((property) => property.value)
      .map(({ name, value }) => ({ name, value: fetchLive(value) })),
  );
}

function inspecting<T>(subject: unknown, read: (properties: Properties) => T): T {
  connected();
  desk.subject = subject;
  try {
    const { result } = post<{ result: RemoteValue }>('Runtime.callFunctionOn', {
      objectId: deskId,
      functionDeclaration: 'function(){return this.subject}',
      objectGroup: GROUP,
    });
    const { objectId } = result;
    if (!objectId) throw new InspectorUnavailableError();
    return read(post<Properties>('Runtime.getProperties', { objectId, ownProperties: true }));
  } finally {
    desk.subject = undefined;
    desk.answer = undefined;
    post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
}

function internal(properties: Properties['internalProperties'], name: string): RemoteValue | undefined {
  return properties?.find((property) => property.name === name)?.value;
}

/** The live value behind a remote one. */
function fetchLive(remote: RemoteValue | undefined): unknown {
  if (!remote) return undefined;
  const { objectId, value, unserializableValue } = remote;
  const argument = objectId ? { objectId } : unserializableValue ? { unserializableValue } : { value };
  post('Runtime.callFunctionOn', {
    objectId: deskId,
    functionDeclaration: 'function(v){this.answer=v}',
    arguments: [remote.type === 'undefined' ? {} : argument],
  });
  return desk.answer;
}
