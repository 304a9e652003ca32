/** The types of the rows that queries return and take. */
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
