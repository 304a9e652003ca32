import type { ServicesTaskRow } from '../rows.ts';

/** Returns the version of a task after a change of its status. It stops at the largest exact integer. */
export const nextVersion = ({ version }: Pick<ServicesTaskRow, 'version'>): number =>
  Math.min(version + 1, Number.MAX_SAFE_INTEGER);
