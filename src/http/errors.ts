import type { Env, ErrorHandler, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { UnsupportedJsonError } from '../json-text.ts';
import { ABORTED_STATUS, RequestAbortedError } from './aborted.ts';
import { NO_STORE } from './cache-control.ts';
import { jsonBody } from './json-body.ts';
import { createPathHint, pathInRouter } from './path-hint.ts';

/**
 * What can go wrong with a request, whichever API it is for. Handlers and middleware throw a `Problem`; each
 * router's `onError` writes it in that API's own shape (contract A2, B1).
 */
export type ProblemKind =
  | 'invalid_parameters'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'internal'
  | 'unavailable';

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly headers: Record<string, string>;
  readonly members: Record<string, string>;

  /**
   * @param message one sentence that a client can act on; it is sent as it is
   * @param members what an HDP error says beside its sentence, such as `taskId` (contract B1)
   */
  constructor(
    kind: ProblemKind,
    message: string,
    headers: Record<string, string> = {},
    members: Record<string, string> = {},
  ) {
    super(message);
    this.kind = kind;
    this.headers = headers;
    this.members = members;
  }
}

export interface ErrorDependencies {
  /** Whether an error says that the database cannot answer right now. */
  isUnavailable(error: unknown): boolean;
  /** Told of every error that is not the client's. */
  reportError(error: unknown, requestId: string): void;
}

/**
 * A router's `onError`: every throw as a `Problem`, written by `answer` in that API's shape. Anything thrown that is
 * not a `Problem` is ours to mend, and nothing of it is told.
 */
export function createErrorHandler(
  deps: ErrorDependencies,
  answer: (problem: Problem) => { status: ContentfulStatusCode; body: object },
): ErrorHandler {
  return (error, c) => {
    if (error instanceof RequestAbortedError) return new Response(null, { status: ABORTED_STATUS });
    const problem = asProblem(error, deps);
    const { status, body } = answer(problem);
    if (problem !== error && problem.kind !== 'invalid_parameters')
      deps.reportError(error, c.get('requestId'));
    return jsonBody(c, JSON.stringify(body), status, { ...NO_STORE, ...problem.headers });
  };
}

function asProblem(error: unknown, { isUnavailable }: ErrorDependencies): Problem {
  if (error instanceof Problem) return error;
  // Hono's own, of a body that is no JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem('invalid_parameters', 'The body must be valid JSON.');
  }
  // Two keys of one name, or deeper than the database reads.
  if (error instanceof UnsupportedJsonError)
    return new Problem('invalid_parameters', `The body ${error.message}.`);
  if (isUnavailable(error)) return unavailable();
  return new Problem('internal', 'Something went wrong on our side; the X-Request-Id names this request.');
}

/** The 503 of a service that is shutting down or whose database is busy. */
export function unavailable(): Problem {
  return new Problem('unavailable', 'The service cannot answer right now; try again shortly.', {
    'Retry-After': '1',
  });
}

/** Answers 405. @param methods those that the path answers */
export const refuseMethod = (methods: string) => (): never => {
  throw new Problem('method_not_allowed', `This path answers ${methods} only.`, { Allow: methods });
};

/**
 * Ends a router: a known path asked in another way is 405, any other path 404. Without this Hono would answer in a
 * shape of its own, since a mounted router's `notFound` is not used.
 * @param missing what the 404 says
 */
export function answerTheRest<E extends Env>(
  router: Hono<E>,
  allowed: Record<string, string>,
  missing: string,
): void {
  for (const [path, methods] of Object.entries(allowed)) {
    router.all(path, refuseMethod(methods));
  }
  const suggestPath = createPathHint(Object.keys(allowed));
  router.all('*', (c) => {
    const path = suggestPath(pathInRouter(c));
    const hint =
      path === undefined ? '' : `${missing.endsWith('.') ? '' : '.'} Use ${path}, without the extra slash.`;
    throw new Problem('not_found', missing + hint);
  });
}
