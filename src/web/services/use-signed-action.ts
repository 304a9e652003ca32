import { useRef, useState } from 'preact/hooks';
import type { Failure, RequestOptions } from '../lib/http.ts';
import { useIsShown } from '../lib/use-is-shown.ts';
import { sendSigned } from './session.ts';

interface SignedAction {
  isSending: boolean;
  /** Of the last request; undefined if it succeeded or is under way. */
  failure: Failure | undefined;
  /**
   * Sends the request with the current credentials, unless one is under way.
   * @returns the text of the response; undefined if there is none, or if the reader has gone to another view
   */
  run(path: string, options?: RequestOptions): Promise<string | undefined>;
}

/** Sends a request once, however often its button is clicked. A late answer has no effect on another view. */
export function useSignedAction(): SignedAction {
  const isUnderWay = useRef(false);
  const isShown = useIsShown();
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  return {
    isSending,
    failure,
    async run(path, options) {
      if (isUnderWay.current) return undefined;
      isUnderWay.current = true;
      setSending(true);
      setFailure(undefined);
      const answer = await sendSigned(path, options);
      if (!isShown()) return undefined;
      isUnderWay.current = false;
      setSending(false);
      if (answer.kind === 'failed') setFailure(answer.failure);
      return answer.kind === 'ok' ? answer.text : undefined;
    },
  };
}
