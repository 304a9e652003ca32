/**
 * The tables of both APIs. Names of the wire format are only in the adapters of the APIs. The two kinds of task share neither
 * ids nor fields, so each has its own table. `../rows.ts` describes the columns of the rows that queries return.
 */
export * from './schema/credentials.ts';
export * from './schema/derived.ts';
export * from './schema/hdp.ts';
export * from './schema/requests.ts';
export * from './schema/services.ts';
