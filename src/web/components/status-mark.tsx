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

export function StatusMark({ status }: { status: string }) {
  return (
    <span class={`status status-${shapeOf(status)}`}>
      <span class="shape" aria-hidden="true" />
      {statusWords(status)}
    </span>
  );
}
