import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiRequest } from './request.ts';

export interface ApiOutcome {
  status: number;
  statusText: string;
  headers: readonly (readonly [name: string, value: string])[];
  type: string;
  body: Blob;
  /** The body, if it is a text. */
  text: string | undefined;
  milliseconds: number;
}

export type Outcome = { kind: 'answered'; answer: ApiOutcome } | { kind: 'failed'; message: string };

/** Sends requests one at a time, however often the button is pressed. Nothing of them enters a cache. */
export function useSender() {
  const [outcome, setOutcome] = useState<Outcome>();
  const [isSending, setSending] = useState(false);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  async function submit(request: ApiRequest): Promise<void> {
    if (running.current) return;
    const controller = new AbortController();
    running.current = controller;
    setSending(true);
    const result = await exchange(request, controller.signal);
    running.current = undefined;
    if (controller.signal.aborted) return;
    setSending(false);
    setOutcome(result);
  }
  return { outcome, isSending, submit };
}

async function exchange(
  { method, target, headers, body }: ApiRequest,
  signal: AbortSignal,
): Promise<Outcome> {
  const start = performance.now();
  try {
    const response = await fetch(target, {
      ...{ method, signal, headers: headers.map(([name, value]) => [name, value] as [string, string]) },
      ...{ body: body ?? null, cache: 'no-store', credentials: 'omit' },
    });
    const received = await response.blob();
    const type = response.headers.get('content-type') ?? '';
    const answer = {
      ...{ status: response.status, statusText: response.statusText, type, body: received },
      headers: [...response.headers],
      text: /^text\/|json/.test(type) || received.size === 0 ? await received.text() : undefined,
      milliseconds: performance.now() - start,
    };
    return { kind: 'answered', answer };
  } catch (error) {
    // The browser refuses header values that HTTP does not allow; otherwise the server cannot be reached.
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
