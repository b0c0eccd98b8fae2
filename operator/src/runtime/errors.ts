/** What can go wrong between us and the API server. */
export type ApiCode =
  | 'bad-request'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'gone'
  | 'invalid'
  | 'too-many-requests'
  | 'server-error'
  | 'timeout'
  | 'unreachable'
  | 'bad-answer';

const RETRYABLE: ReadonlySet<ApiCode> = new Set<ApiCode>([
  'conflict',
  'gone',
  'too-many-requests',
  'server-error',
  'timeout',
  'unreachable',
  'bad-answer',
]);

/** An operating failure of a request to the API server. `retryable`: whether the same request can succeed later. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiCode;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The server's own word for it, like `AlreadyExists`. */
  readonly reason: string;
  /** What the server said, without what was asked. */
  readonly said: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ApiCode,
    message: string,
    about: {
      status?: number;
      reason?: string;
      said?: string;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.code = code;
    this.status = about.status ?? 0;
    this.reason = about.reason ?? '';
    this.said = about.said ?? message;
    this.retryAfterMs = about.retryAfterMs;
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

export const isApiError = (error: unknown, ...codes: readonly ApiCode[]): error is ApiError =>
  error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** The error that a `Status` object or a refused request stands for. `retryAfter` is the header, in seconds. */
export function refused(status: number, body: unknown, doing: string, retryAfter?: string): ApiError {
  const said: Status = typeof body === 'object' && body !== null ? body : {};
  const seconds = Number(retryAfter ?? said.details?.retryAfterSeconds ?? Number.NaN);
  const reason = said.reason ?? '';
  // A server that was put back to an earlier state: what we know is of a future that will not be.
  const future = /too large resource version/i.test(said.message ?? '');
  return new ApiError(
    future ? 'gone' : codeOf(status, reason),
    `${doing}: ${said.message ?? `HTTP ${status}`}`,
    {
      status,
      reason,
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
    },
  );
}

const BY_STATUS: Readonly<Record<number, ApiCode>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  422: 'invalid',
  429: 'too-many-requests',
  504: 'timeout',
};

function codeOf(status: number, reason: string): ApiCode {
  if (reason === 'AlreadyExists') return 'already-exists';
  if (reason === 'Expired' || reason === 'Gone') return 'gone';
  return BY_STATUS[status] ?? (status >= 500 ? 'server-error' : 'bad-request');
}
