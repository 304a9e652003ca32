import type { ErrorHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { UnsupportedJsonError } from '../json-text.ts';
import { ABORTED_STATUS, RequestAbortedError } from './aborted.ts';
import { NO_STORE } from './cache-control.ts';
import { jsonBody } from './json-body.ts';

/**
 * The kinds of error of both APIs. Handlers and middleware throw an `ApiError`. The `onError` of each router writes it in
 * the format of that API (contract A2, B1).
 */
export type ApiErrorKind =
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
  | 'too_many_requests'
  | 'internal'
  | 'unavailable';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  readonly headers: Record<string, string>;
  readonly members: Record<string, string>;

  /**
   * @param message one sentence for the client
   * @param members additional members of an HDP error, such as `taskId` (contract B1)
   */
  constructor(
    kind: ApiErrorKind,
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
  /** Returns true if an error is the refusal of a change by a frozen database. */
  isFrozen(error: unknown): boolean;
  /** Returns true if an error is a temporary failure of the database. */
  isUnavailable(error: unknown): boolean;
  /** Receives every error that the client did not cause. */
  reportError(error: unknown, requestId: string): void;
}

/**
 * Creates the `onError` handler of a router. An error that is not an `ApiError` is reported, and the client does not see
 * its message.
 * @param toResponse returns the status and the body in the format of the API
 */
export function createErrorHandler(
  deps: ErrorDependencies,
  toResponse: (error: ApiError) => { status: ContentfulStatusCode; body: object },
): ErrorHandler {
  return (error, c) => {
    if (error instanceof RequestAbortedError) return new Response(null, { status: ABORTED_STATUS });
    const apiError = toApiError(error, deps);
    const { status, body } = toResponse(apiError);
    if (apiError !== error && apiError.kind !== 'invalid_parameters') {
      deps.reportError(error, c.get('requestId'));
    }
    return jsonBody(c, JSON.stringify(body), status, { ...NO_STORE, ...apiError.headers });
  };
}

function toApiError(error: unknown, { isFrozen, isUnavailable }: ErrorDependencies): ApiError {
  if (error instanceof ApiError) return error;
  // Hono throws this for a body that is not JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new ApiError('invalid_parameters', 'The body must be valid JSON.');
  }
  if (error instanceof UnsupportedJsonError)
    return new ApiError('invalid_parameters', `The body ${error.message}.`);
  if (isFrozen(error)) return frozen();
  if (isUnavailable(error)) return unavailable();
  return new ApiError('internal', 'Something went wrong on our side; the X-Request-Id names this request.');
}

/** Returns the 503 of a server that is shutting down or whose database is busy. */
export function unavailable(): ApiError {
  return new ApiError('unavailable', 'The service cannot answer right now; try again shortly.', {
    'Retry-After': '1',
  });
}

/** Returns the 503 for a change while the database is frozen, because it is moved. */
const frozen = () =>
  new ApiError(
    'unavailable',
    'The service accepts no changes while its database is moved; reading works. Try again later.',
    { 'Retry-After': '60' },
  );

export interface Capacity {
  /** True while the server is shutting down. */
  isDraining(): boolean;
  /** True while there is more work than this process can do. */
  isOverloaded(): boolean;
}

/** Answers 503 while the server is overloaded, or is shutting down; then it closes the connection too. */
export const rejectWithoutCapacity = ({ isDraining, isOverloaded }: Capacity) =>
  createMiddleware(async function rejectWithoutCapacity(c, next) {
    const mustClose = isDraining();
    if (mustClose) c.header('Connection', 'close');
    if (mustClose || isOverloaded()) throw unavailable();
    await next();
  });
