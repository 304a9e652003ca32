import './require-node.ts';

/** The exports of the package: `createGateway`, and types for `hc<ServicesApi>(url)` and `hc<HdpApi>(url)` of Hono. */
export { ConfigError } from './config.ts';
export { DatabaseError, type Store } from './db/store.ts';
export { createGateway, type Gateway } from './gateway.ts';
export type { GatewayOptions } from './gateway-options.ts';
export type { HdpApi } from './hdp/router.ts';
export type { HdpTask, TaskList } from './hdp/schema.ts';
export type { TaskDetails, TaskMmrs, TaskPreimage, TaskStatus, TaskTransitions } from './hdp/task-schema.ts';
export { ListenError } from './http/listen-error.ts';
export type { ServicesApi } from './services/router.ts';
export type { ServicesTask } from './services/schema.ts';
