/** The position of a task in the order of its lists: an integer, then a text; the text is '' where ids alone order. */
export interface SortKey {
  position: number;
  tie: string;
}

/** Orders keys as the lists do: negative if `a` comes first. Ties are ASCII, so code units order them as bytes do. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (a.position !== b.position) return a.position - b.position;
  if (a.tie === b.tie) return 0;
  return a.tie < b.tie ? -1 : 1;
}
