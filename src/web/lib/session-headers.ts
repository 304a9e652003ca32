import { createContext } from 'preact';

/**
 * The headers of the session that the reader has signed in with, for requests of the API reference. They are in memory
 * only; the default is no session.
 */
export const SessionHeaders = createContext<Readonly<Record<string, string>>>({});
