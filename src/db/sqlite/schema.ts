/**
 * The tables of both APIs. Names of the wire format are only in the adapters of the APIs. The two kinds of task share neither
 * ids nor fields, so each has its own table.
 */

import type { accessTokens, adminAccess, adminSessions, apiKeys } from './schema/credentials.ts';
import type { hdpMmrs, hdpTaskDetails, hdpTasks, hdpTransitions, hdpWebhooks } from './schema/hdp.ts';
import type { servicesLogs, servicesTasks } from './schema/services.ts';

export * from './schema/credentials.ts';
export * from './schema/derived.ts';
export * from './schema/hdp.ts';
export * from './schema/requests.ts';
export * from './schema/services.ts';

export type ServicesTaskRow = typeof servicesTasks.$inferSelect;
export type NewServicesTask = typeof servicesTasks.$inferInsert & { id: number };
export type HdpTaskRow = typeof hdpTasks.$inferSelect;
export type NewHdpTask = Omit<typeof hdpTasks.$inferInsert, 'id' | 'programId'>;
export type AccessToken = typeof accessTokens.$inferSelect;
export type AdminAccess = typeof adminAccess.$inferSelect;
export type AdminSession = typeof adminSessions.$inferSelect;
export type ServicesLogEntry = typeof servicesLogs.$inferSelect;
export type ApiKey = typeof apiKeys.$inferSelect;
export type HdpTaskDetails = typeof hdpTaskDetails.$inferSelect;
export type HdpTransition = typeof hdpTransitions.$inferSelect;
export type HdpMmr = typeof hdpMmrs.$inferSelect;
export type HdpWebhook = typeof hdpWebhooks.$inferSelect;
