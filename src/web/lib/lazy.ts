/** Parts of a page that are loaded when they are needed. */
import { useEffect, useState } from 'preact/hooks';

/** In sessionStorage while a reload has not helped yet. */
const RELOADED = 'reloaded-for-a-chunk';

/**
 * Loads a chunk. After a deploy its file may be gone: the tab is loaded again, but once only.
 * @param importChunk a dynamic import
 * @param reload default: loads the page again
 * @throws Error if the chunk cannot be loaded
 */
export async function loadChunk<Chunk>(
  importChunk: () => Promise<Chunk>,
  { storage = sessionStorageOf(), isServed = isPageServed, reload = () => location.reload() } = {},
): Promise<Chunk> {
  try {
    const chunk = await importChunk();
    storage?.removeItem(RELOADED);
    return chunk;
  } catch (error) {
    // Without storage, a loop could not be told; without a server, a reload would lose the page.
    if (!storage || storage.getItem(RELOADED) !== null || !(await isServed())) throw error;
    storage.setItem(RELOADED, 'yes');
    reload();
    return new Promise(() => {});
  }
}

/** Returns the storage of this tab, or undefined if it is blocked. */
function sessionStorageOf(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

async function isPageServed(): Promise<boolean> {
  try {
    return (await fetch(location.href, { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

export type Lazy<Chunk> = { chunk: Chunk } | { isFailed: boolean };

/** Loads a chunk once. @param importChunk a dynamic import; a function of its module */
export function useChunk<Chunk>(importChunk: () => Promise<Chunk>): Lazy<Chunk> {
  const [lazy, setLazy] = useState<Lazy<Chunk>>({ isFailed: false });
  useEffect(() => {
    loadChunk(importChunk).then(
      (chunk) => setLazy({ chunk }),
      () => setLazy({ isFailed: true }),
    );
  }, [importChunk]);
  return lazy;
}
