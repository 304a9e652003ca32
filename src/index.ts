/** Types for clients: `hc<ServicesApi>(url, …)` and `hc<HdpApi>(url)` of `hono/client` are typed by the routes. */
export type { HdpApi } from './hdp/router.ts';
export type { TaskDetails, TaskMmrs, TaskPreimage, TaskStatus, TaskTransitions } from './hdp/run-schema.ts';
export type { HdpTask, TaskList } from './hdp/schema.ts';
export type { ServicesApi } from './services/router.ts';
export type { ServicesTask } from './services/schema.ts';
