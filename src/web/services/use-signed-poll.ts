import { useEffect, useRef } from 'preact/hooks';
import { type Polled, usePoll } from '../lib/use-poll.ts';
import { endSession, sessionHeaders, useSession } from './session.ts';

interface Options<Data> {
  path: string;
  canChange?(data: Data): boolean;
  isPaused?: boolean;
}

/**
 * Keeps a response of the signed-in chain current. A 401 ends the session and stops the polls; the rows stay. After the
 * next sign-in the polls continue.
 */
export function useSignedPoll<Data>({ path, canChange, isPaused = false }: Options<Data>): Polled<Data> {
  const session = useSession();
  const isEnded = session.kind === 'signed-in' && session.isEnded;
  const polled = usePoll<Data>({
    ...{ path, headers: sessionHeaders, isPaused: isPaused || isEnded },
    ...(canChange ? { canChange } : {}),
  });
  const { failure } = polled;
  useEffect(() => {
    if (failure?.status === 401) endSession();
  }, [failure]);
  const wasEnded = useRef(isEnded);
  useEffect(() => {
    if (wasEnded.current && !isEnded) polled.refresh();
    wasEnded.current = isEnded;
  }, [isEnded, polled.refresh]);
  return polled;
}
