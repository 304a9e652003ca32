import { useEffect, useState } from 'preact/hooks';
import { type Failure, send } from '../lib/http.ts';
import { type Read, readJson } from '../lib/read-json.ts';

interface Loaded<Data> {
  data: Data | undefined;
  failure: Failure | undefined;
  /** Asks again after a failure. */
  reload(): void;
}

/**
 * Loads the JSON response of a path once for each version of what it belongs to. The former response stays meanwhile.
 * @param parse throws an error if the text is no such data; it is the same function in each call
 * @param version undefined: the response is not needed
 */
export function useLoaded<Data>(
  path: string,
  parse: (text: string) => Data,
  version: string | undefined,
): Loaded<Data> {
  const [state, setState] = useState<Pick<Loaded<Data>, 'data' | 'failure'>>({
    ...{ data: undefined, failure: undefined },
  });
  const [tries, setTries] = useState(0);
  // Another version or try loads the path again.
  useEffect(() => {
    if (version === undefined) return setState({ data: undefined, failure: undefined });
    const controller = new AbortController();
    void load(path, parse, controller.signal).then((loaded) => {
      if (loaded?.kind === 'ok') setState({ data: loaded.data, failure: undefined });
      if (loaded?.kind === 'failed') setState(({ data }) => ({ data, failure: loaded.failure }));
    });
    return () => controller.abort();
  }, [path, version, tries]);
  return { ...state, reload: () => setTries((count) => count + 1) };
}

/** @returns undefined if the request was aborted */
async function load<Data>(
  path: string,
  parse: (text: string) => Data,
  signal: AbortSignal,
): Promise<Read<Data> | undefined> {
  try {
    return readJson(await send(path, { signal }), parse);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
