import { useRef, useState } from 'preact/hooks';
import type { Failure, RequestOptions } from '../lib/http.ts';
import { readJson } from '../lib/read-json.ts';
import { useIsShown } from '../lib/use-is-shown.ts';
import { sendSigned } from './session.ts';

interface SignedAction {
  isSending: boolean;
  /** Of the last request; undefined if it succeeded or is under way. */
  failure: Failure | undefined;
  /**
   * Sends the request with the current credentials, unless one is under way.
   * @param parse throws an error if the text is no such data
   * @returns the response; undefined if there is none, or if the reader has gone to another view
   */
  run<Data>(
    path: string,
    parse: (text: string) => Data,
    options?: RequestOptions,
  ): Promise<{ data: Data; text: string } | undefined>;
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
    async run(path, parse, options) {
      if (isUnderWay.current) return undefined;
      isUnderWay.current = true;
      setSending(true);
      setFailure(undefined);
      const read = readJson(await sendSigned(path, options), parse);
      if (!isShown()) return undefined;
      isUnderWay.current = false;
      setSending(false);
      if (read.kind === 'ok') return read;
      setFailure(read.failure);
      return undefined;
    },
  };
}
