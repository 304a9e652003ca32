/** Options and results of a load. */
import type { HttpRequest } from './http-client.ts';
import type { Server } from './server-process.ts';

/** The result of one load. Times are in milliseconds. */
export interface LoadResult {
  perSecond: number;
  p50: number;
  p99: number;
  /** Requests that failed or returned 4xx or 5xx. */
  errors: number;
}

/** A server and the requests that a load repeats in order. The requests share host and headers. */
export interface Target {
  server: Server;
  requests: readonly [HttpRequest, ...HttpRequest[]];
  /** Default: 32. */
  connections?: number;
}

export interface RateLimiterOptions {
  port: number;
  /** A request as `serializeRequest` returns it. */
  request: string;
  connections: number;
  seconds: number;
  /** Requests per second. 0 sends each request as soon as the previous response arrives. */
  rate: number;
}
