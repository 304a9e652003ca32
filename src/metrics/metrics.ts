/** What a process measures about itself, for Prometheus. docs/operations.md describes each metric. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A request and its response. */
export interface MeasuredRequest {
  /** `none` for a request that no API handles. */
  api: 'services' | 'hdp' | 'none';
  /** The path with the names of its parameters, such as `/tasks/:id`; '' for a path that does not exist. */
  route: string;
  method: string;
  status: number;
  /** Milliseconds. */
  ms: number;
}

export interface Metrics {
  readonly registry: Registry;
  countRequest(request: MeasuredRequest): void;
  /** Counts a request that the response cache could answer, and if it did. */
  countCached(isHit: boolean): void;
  countRun(outcome: RunOutcome): void;
  countWebhook(outcome: WebhookOutcome): void;
  /** Adds a value that is read when the metrics are. */
  addGauge(gauge: GaugeOptions): void;
}

export interface GaugeOptions {
  name: string;
  help: string;
  read(): number | Promise<number>;
  /** Which value of the workers is the value of all. Default: the largest. */
  aggregator?: 'max' | 'min';
}

export type RunOutcome = 'done' | 'error' | 'lost';
export type WebhookOutcome = 'delivered' | 'failed' | 'given_up';

/** Seconds. A cached response takes less than a millisecond; clients time out after some seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The methods of HTTP. A client may send any other one, which must not become a label. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'taskgate_http_request_duration_seconds',
    help: 'Time from a request to its response.',
    labelNames: ['api', 'route', 'method', 'status'] as const,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const cached = new Counter({
    name: 'taskgate_response_cache_requests_total',
    help: 'Requests that the response cache could answer, by result: hit or miss.',
    labelNames: ['result'] as const,
    registers,
  });
  const runs = new Counter({
    name: 'taskgate_runs_total',
    help: 'Ended runs of Services tasks, by outcome: done, error or lost.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const webhooks = new Counter({
    name: 'taskgate_webhook_attempts_total',
    help: 'Attempts to send a webhook, by outcome: delivered, failed or given_up.',
    labelNames: ['outcome'] as const,
    registers,
  });
  return {
    registry,
    countRequest({ api, route, method, status, ms }) {
      const labels = { api, route, method: METHODS.has(method) ? method : 'other', status };
      requests.observe(labels, ms / 1000);
    },
    countCached: (isHit) => cached.inc({ result: isHit ? 'hit' : 'miss' }),
    countRun: (outcome) => runs.inc({ outcome }),
    countWebhook: (outcome) => webhooks.inc({ outcome }),
    addGauge({ name, help, read, aggregator = 'max' }) {
      new Gauge({
        name,
        help,
        // Workers read the same database.
        aggregator,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    },
  };
}
