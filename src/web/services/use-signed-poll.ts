import { useEffect, useRef } from 'preact/hooks';
import { type Polled, usePoll } from '../lib/use-poll.ts';
import { endSession, sessionHeaders, sessionSignal, useSession } from './session.ts';

interface Options<Data> {
  path: string;
  /** @throws Error if the text is no such data */
  parse(text: string): Data;
  canChange?(data: Data): boolean;
  isPaused?: boolean;
}

interface SignedPolled<Data> extends Polled<Data> {
  /** True if the polls are stopped until the reader signs in again. */
  isEnded: boolean;
}

/**
 * Keeps a response of the signed-in chain current. A 401 ends the session and stops the polls; the rows stay. After the
 * next sign-in the polls continue.
 */
export function useSignedPoll<Data>({
  path,
  parse,
  canChange,
  isPaused = false,
}: Options<Data>): SignedPolled<Data> {
  const session = useSession();
  const isEnded = session.kind === 'signed-in' && session.isEnded;
  const sentWith = useRef(sessionSignal());
  const headers = () => {
    sentWith.current = sessionSignal();
    return sessionHeaders();
  };
  const polled = usePoll<Data>({
    ...{ path, headers, parse, isPaused: isPaused || isEnded },
    ...(canChange ? { canChange } : {}),
  });
  const { failure } = polled;
  useEffect(() => {
    if (failure?.status !== 401) return;
    // A late answer to former credentials says nothing about the current ones.
    if (!sentWith.current.aborted) endSession();
    else if (!isEnded) polled.refresh();
  }, [failure]);
  const wasEnded = useRef(isEnded);
  useEffect(() => {
    if (wasEnded.current && !isEnded) polled.refresh();
    wasEnded.current = isEnded;
  }, [isEnded, polled.refresh]);
  // The dialog says it. Another line above the rows would move them.
  const isHidden = polled.last !== undefined && failure?.status === 401;
  return { ...polled, failure: isHidden ? undefined : failure, isEnded };
}
