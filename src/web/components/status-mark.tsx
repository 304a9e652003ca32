/** The words and shapes of statuses: list and task page word a status by the same function. */

export type Shape = 'waiting' | 'running' | 'done' | 'failed';

/** Returns the shape of a status of either API. */
export function shapeOf(status: string): Shape {
  if (status === 'Received' || status === 'READY') return 'waiting';
  if (status.endsWith('Failed') || status === 'ERROR') return 'failed';
  if (status === 'TaskDecommitmentCompleted' || status === 'DONE') return 'done';
  return 'running';
}

/** Returns a status in words: `AtlanticProvingStarted` is `Atlantic proving started`. */
export function statusWords(status: string): string {
  if (/^[A-Z]+$/.test(status)) return status;
  const words = status.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const RING = 'M8 1a7 7 0 1 1 0 14a7 7 0 0 1 0-14zm0 2a5 5 0 1 0 0 10a5 5 0 0 0 0-10z';

/** Outlines that differ without colour: a ring, a ring half full, a disc with a tick, a diamond with a mark. */
const PATHS: Record<Shape, string> = {
  waiting: RING,
  running: `${RING}M8 3v10a5 5 0 0 0 0-10z`,
  done: 'M8 1a7 7 0 1 1 0 14a7 7 0 0 1 0-14zM4 8.3l3 3l5-5l-1.3-1.3l-3.7 3.7l-1.7-1.7z',
  failed: 'M8 0l8 8l-8 8l-8-8zM7 4v5h2v-5zM7 10.2v2h2v-2z',
};

/** The shape of a status, next to its words. */
export function ShapeIcon({ shape }: { shape: Shape }) {
  return (
    <svg viewBox="0 0 16 16" class={`shape shape-${shape}`} aria-hidden="true">
      <path fill-rule="evenodd" d={PATHS[shape]} />
    </svg>
  );
}

export function StatusMark({ status }: { status: string }) {
  return (
    <span class="status">
      <ShapeIcon shape={shapeOf(status)} />
      {statusWords(status)}
    </span>
  );
}
