import type { TableComparison } from '../db/copy/compare.ts';
import type { CommandContext } from './command.ts';

const HEADER = ['table', 'source', 'target', 'digest'] as const;

/** Prints a comparison of two databases on stdout, as columns: table, rows on both sides, and if the digests are equal. */
export function printComparison({ stdout }: CommandContext, comparison: readonly TableComparison[]): void {
  const rows = comparison.map(({ table, sourceRows, targetRows, isEqual }) => [
    table,
    String(sourceRows),
    String(targetRows),
    isEqual ? 'equal' : 'DIFFERENT',
  ]);
  const widths = HEADER.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  for (const row of [HEADER, ...rows]) {
    const cells = row.map((cell, index) =>
      index === 1 || index === 2 ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
    );
    stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}
