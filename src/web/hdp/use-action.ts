import { useRef, useState } from 'preact/hooks';
import { type Failure, type RequestOptions, send } from '../lib/http.ts';

interface Action {
  isRunning: boolean;
  failure: Failure | undefined;
  /** Sends the request, unless one is under way. @returns the response text, or undefined if there is none */
  run(path: string, options: RequestOptions): Promise<string | undefined>;
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
      const answer = await send(path, { method: 'POST', ...options });
      isSending.current = false;
      setRunning(false);
      if (answer.kind === 'ok') return answer.text;
      if (answer.kind === 'failed') setFailure(answer.failure);
      return undefined;
    },
  };
}
