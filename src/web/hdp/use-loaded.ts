import { useEffect, useState } from 'preact/hooks';
import { type Failure, send } from '../lib/http.ts';

interface Loaded<Data> {
  data: Data | undefined;
  failure: Failure | undefined;
  /** Asks again after a failure. */
  reload(): void;
}

/**
 * Loads the JSON response of a path once for each version of what it belongs to. The former response stays meanwhile.
 * @param version undefined: the response is not needed
 */
export function useLoaded<Data>(path: string, version: string | undefined): Loaded<Data> {
  const [state, setState] = useState<Pick<Loaded<Data>, 'data' | 'failure'>>({
    ...{ data: undefined, failure: undefined },
  });
  const [tries, setTries] = useState(0);
  // Another version or try loads the path again.
  useEffect(() => {
    if (version === undefined) return setState({ data: undefined, failure: undefined });
    const controller = new AbortController();
    void load(path, controller.signal).then((loaded) => {
      if (!loaded) return;
      // The server's types are those of its router.
      if ('text' in loaded) setState({ data: JSON.parse(loaded.text) as Data, failure: undefined });
      else setState(({ data }) => ({ data, failure: loaded }));
    });
    return () => controller.abort();
  }, [path, version, tries]);
  return { ...state, reload: () => setTries((count) => count + 1) };
}

/** @returns undefined if the request was aborted */
async function load(path: string, signal: AbortSignal): Promise<{ text: string } | Failure | undefined> {
  try {
    const answer = await send(path, { signal });
    if (answer.kind === 'not-modified') throw new Error('The request has no condition.');
    return answer.kind === 'ok' ? { text: answer.text } : answer.failure;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
