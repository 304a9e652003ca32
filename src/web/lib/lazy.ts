/** Parts of a page that are loaded when they are needed. */
import { useEffect, useState } from 'preact/hooks';

/** In sessionStorage from the reload for a chunk until the chunk has loaded. */
const reloadedFor = (name: string) => `reloaded for ${name}`;

/**
 * Loads a chunk. After a deploy its file may be gone: the tab is loaded again, but once only.
 * @param name tells the chunk from others: if one loads, that says nothing about another
 * @param importChunk a dynamic import
 * @throws Error if the chunk cannot be loaded
 */
export async function loadChunk<Chunk>(
  name: string,
  importChunk: () => Promise<Chunk>,
  { storage = sessionStorageOf(), isServed = isPageServed, reload = () => location.reload() } = {},
): Promise<Chunk> {
  try {
    const chunk = await importChunk();
    storage?.removeItem(reloadedFor(name));
    return chunk;
  } catch (error) {
    // Without storage, a loop could not be told; without a server, a reload would lose the page.
    if (!storage || storage.getItem(reloadedFor(name)) !== null || !(await isServed())) throw error;
    storage.setItem(reloadedFor(name), 'yes');
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

/** Loads a chunk once, as `loadChunk` does. @param importChunk a function of a module */
export function useChunk<Chunk>(name: string, importChunk: () => Promise<Chunk>): Lazy<Chunk> {
  const [lazy, setLazy] = useState<Lazy<Chunk>>({ isFailed: false });
  useEffect(() => {
    loadChunk(name, importChunk).then(
      (chunk) => setLazy({ chunk }),
      () => setLazy({ isFailed: true }),
    );
  }, [name, importChunk]);
  return lazy;
}
