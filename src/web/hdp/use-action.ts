import { useRef, useState } from 'preact/hooks';
import type { HdpAccepted } from '../api-types.ts';
import { type Failure, type RequestOptions, send } from '../lib/http.ts';
import { readJson } from '../lib/read-json.ts';
import { parseAccepted } from './responses.ts';

interface Action {
  isRunning: boolean;
  failure: Failure | undefined;
  /** Sends the request, unless one is under way. @returns the response, or undefined if there is none */
  run(path: string, options: RequestOptions): Promise<HdpAccepted | undefined>;
}

/** Sends a request once, however often its button is clicked. */
export function useAction(): Action {
  const isSending = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  return {
    isRunning,
    failure,
    async run(path, options) {
      if (isSending.current) return undefined;
      isSending.current = true;
      setRunning(true);
      setFailure(undefined);
      const read = readJson(await send(path, { method: 'POST', ...options }), parseAccepted);
      isSending.current = false;
      setRunning(false);
      if (read.kind === 'ok') return read.data;
      setFailure(read.failure);
      return undefined;
    },
  };
}
