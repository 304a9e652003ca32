import type { ComponentType } from 'preact';
import { useChunk } from '../lib/lazy.ts';
import { Notice } from './notice.tsx';

interface LazyViewProps {
  /** Returns a view of another chunk. */
  load(): Promise<ComponentType>;
  /** What is loaded, with its article. */
  name: string;
}

/** A view that is loaded when it is shown for the first time. */
export function LazyView({ load, name }: LazyViewProps) {
  const lazy = useChunk(name, load);
  if ('chunk' in lazy) return <lazy.chunk />;
  if (!lazy.isFailed) return <p class="loading">Loading {name}…</p>;
  return (
    <Notice title={`Cannot load ${name}`}>
      <p>Check your connection, and whether the service is running.</p>
      <button type="button" onClick={() => location.reload()}>
        Try again
      </button>
    </Notice>
  );
}
