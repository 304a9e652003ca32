/** Rows of page 2 and beyond stay put: only tasks at the end of the list are added. */

interface Row {
  id: number;
}

/**
 * Returns the rows to show. The content of a row is always the latest.
 * @param shown the rows on the page
 * @param latest the rows of the newest response
 */
export function holdRows<R extends Row>(
  shown: readonly R[],
  latest: readonly R[],
): { rows: readonly R[]; hasMoved: boolean } {
  if (shown.every(({ id }, index) => latest[index]?.id === id)) return { rows: latest, hasMoved: false };
  const byId = new Map(latest.map((row) => [row.id, row]));
  return { rows: shown.map((row) => byId.get(row.id) ?? row), hasMoved: true };
}
