/** Requirement 30: a tab that misses a chunk after a deploy reloads once, and not in a loop. */
import { describe, expect, it } from 'vitest';
import { loadChunk } from '../../src/web/lib/lazy.ts';

function createTab({ isServed = true } = {}) {
  const items = new Map<string, string>();
  const tab = { reloads: 0 };
  const options = {
    storage: {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => void items.set(name, value),
      removeItem: (name: string) => void items.delete(name),
    },
    isServed: async () => isServed,
    reload: () => void tab.reloads++,
  };
  return { tab, items, options };
}

const missing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

/** Waits for the reload of a tab, after which nothing else happens. */
async function missChunk({ tab, options }: ReturnType<typeof createTab>): Promise<'reload' | 'error'> {
  const before = tab.reloads;
  const failed = loadChunk('docs', missing, options).then(
    () => undefined,
    () => 'error' as const,
  );
  const reloaded = new Promise<'reload'>((resolve) => {
    const check = () => (tab.reloads > before ? resolve('reload') : setImmediate(check));
    void failed.then((result) => result ?? check());
    check();
  });
  return (await Promise.race([failed, reloaded])) ?? 'reload';
}

describe('loadChunk', () => {
  it('returns the chunk', async () => {
    const { tab, options } = createTab();
    expect(await loadChunk('docs', async () => 'chunk', options)).toBe('chunk');
    expect(tab.reloads).toBe(0);
  });

  it('reloads once if the chunk is missing, and reports an error after that', async () => {
    const opened = createTab();
    expect(await missChunk(opened)).toBe('reload');
    expect(await missChunk(opened)).toBe('error');
    expect(await missChunk(opened)).toBe('error');
    expect(opened.tab.reloads).toBe(1);
  });

  it('reloads after another deploy, if the first reload helped', async () => {
    const opened = createTab();
    expect(await missChunk(opened)).toBe('reload');
    await loadChunk('docs', async () => 'chunk', opened.options);
    expect(opened.items.size).toBe(0);
    expect(await missChunk(opened)).toBe('reload');
  });

  it('does not reload again because another chunk has loaded', async () => {
    const opened = createTab();
    expect(await missChunk(opened)).toBe('reload');
    await loadChunk('other', async () => 'chunk', opened.options);
    expect(await missChunk(opened)).toBe('error');
  });

  it('does not reload while the server cannot be reached', async () => {
    expect(await missChunk(createTab({ isServed: false }))).toBe('error');
  });

  it('does not reload without storage', async () => {
    const { tab, options } = createTab();
    await expect(loadChunk('docs', missing, { ...options, storage: undefined })).rejects.toThrow(
      'Failed to fetch',
    );
    expect(tab.reloads).toBe(0);
  });
});
