/** The rows that queries return and take, as the tables of the SQLite schema have them. */
export type {
  AccessToken,
  AdminAccess,
  AdminSession,
  ApiKey,
  HdpMmr,
  HdpTaskDetails,
  HdpTaskRow,
  HdpTransition,
  HdpWebhook,
  NewHdpTask,
  NewServicesTask,
  ServicesLogEntry,
  ServicesTaskRow,
} from './sqlite/schema.ts';
