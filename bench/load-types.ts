/** The options and the result of a load. */
import type { HttpRequest } from './client.ts';
import type { Server } from './contestants.ts';

/** What a load found; times in milliseconds. */
export interface Load {
  perSecond: number;
  p50: number;
  p99: number;
  /** Requests that failed or were answered with 4xx or 5xx. */
  errors: number;
}

/** A server and the requests that it is asked in turn; they share host and headers. */
export interface Target {
  server: Server;
  requests: readonly [HttpRequest, ...HttpRequest[]];
  /** 32 without it. */
  connections?: number;
}

export interface RateLimiterOptions {
  port: number;
  request: string;
  connections: number;
  seconds: number;
  /** Requests a second; 0 asks as fast as is answered. */
  rate: number;
}
