/**
 * Who is signed in. The secret is held in this module alone: a reload or a closed tab forgets it. It never enters storage,
 * an address, a cookie or the page.
 */
import { useEffect, useState } from 'preact/hooks';
import { ADMIN_HEADERS } from '../../services/credential-headers.ts';
import type { ServicesSession } from '../api-types.ts';
import { type Answer, type Failure, type RequestOptions, send } from '../lib/http.ts';
import { readJson } from '../lib/read-json.ts';
import { parseSession } from './responses.ts';

/** What a person types to sign in. */
export type Credentials =
  | { method: 'token'; token: string }
  | { method: 'admin'; userId: string; key: string; chain: string };

export type SessionState =
  | { kind: 'signed-out' }
  /** `isEnded`: the server does not accept the credentials any more. The page stays until the reader signs in again. */
  | { kind: 'signed-in'; session: ServicesSession; isEnded: boolean; generation: number };

let credentials: Credentials | undefined;
/** Aborted when the credentials change. */
let lifetime = new AbortController();
let state: SessionState = { kind: 'signed-out' };
/** A new generation replaces all views, so that no row of another chain or person stays. */
let generation = 0;
/** Counts the actions of the reader that decide who is signed in. An answer to an older action has no effect. */
let latestAction = 0;
const listeners = new Set<() => void>();

function setCredentials(given: Credentials | undefined): void {
  credentials = given;
  lifetime.abort();
  lifetime = new AbortController();
}

function change(changed: SessionState): void {
  state = changed;
  for (const listener of listeners) listener();
}

/** Returns who is signed in, and renders again when that changes. */
export function useSession(): SessionState {
  const [current, setCurrent] = useState(state);
  useEffect(() => {
    const update = () => setCurrent(state);
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return current;
}

/** Returns the headers of a request with the current credentials. */
export const sessionHeaders = (): Readonly<Record<string, string>> =>
  credentials ? headersOf(credentials) : {};

/** Returns a signal that is aborted as soon as the current credentials are not the current ones any more. */
export const sessionSignal = (): AbortSignal => lifetime.signal;

function headersOf(given: Credentials): Record<string, string> {
  if (given.method === 'token') return { Authorization: `Bearer ${given.token}` };
  return {
    [ADMIN_HEADERS.userId]: given.userId,
    [ADMIN_HEADERS.key]: given.key,
    [ADMIN_HEADERS.chain]: given.chain,
  };
}

/** Why a sign-in had no effect. `superseded`: the reader signed in, out or to another chain before the answer came. */
export type SignInFailure = Failure | 'superseded';

/**
 * Signs in. The views of a former session stay if it had the same chain and the same person, as after a session has ended.
 * @returns undefined, or why it had no effect; the session stays as it is then
 */
export async function signIn(given: Credentials): Promise<SignInFailure | undefined> {
  latestAction += 1;
  const action = latestAction;
  const read = readJson(await send('/session', { headers: headersOf(given) }), parseSession);
  if (action !== latestAction) return 'superseded';
  if (read.kind === 'failed') return read.failure;
  const session = read.data;
  if (state.kind !== 'signed-in' || !hasSameRows(state.session, session)) generation += 1;
  setCredentials(given);
  change({ kind: 'signed-in', session, isEnded: false, generation });
  return undefined;
}

const hasSameRows = (one: ServicesSession, other: ServicesSession) =>
  one.chain === other.chain && one.method === other.method && one.user_id === other.user_id;

/** Shows another chain of an admin session. @returns undefined, or why it had no effect */
export async function switchChain(chain: number): Promise<SignInFailure | undefined> {
  if (credentials?.method !== 'admin') return undefined;
  const failure = await signIn({ ...credentials, chain: String(chain) });
  if (failure !== 'superseded' && failure?.status === 401) endSession();
  return failure;
}

export function signOut(): void {
  latestAction += 1;
  setCredentials(undefined);
  change({ kind: 'signed-out' });
}

/** Asks for new credentials over the page, because the server does not accept the current ones. */
export function endSession(): void {
  setCredentials(undefined);
  if (state.kind === 'signed-in' && !state.isEnded) change({ ...state, isEnded: true });
}

/** Sends a request with the current credentials. A 401 ends the session. */
export async function sendSigned(path: string, options: RequestOptions = {}): Promise<Answer> {
  const sentWith = sessionSignal();
  const answer = await send(path, { ...options, headers: { ...options.headers, ...sessionHeaders() } });
  // A late answer to former credentials says nothing about the current ones.
  if (answer.kind === 'failed' && answer.failure.status === 401 && !sentWith.aborted) endSession();
  return answer;
}
