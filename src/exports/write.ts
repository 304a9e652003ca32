import { open } from 'node:fs/promises';
import { ActionError } from '../actions/action.ts';
import type { ExportSource, SourceFilter } from '../db/export-source.ts';
import { SourceError } from '../db/source-errors.ts';
import { inBatches } from './batches.ts';
import { EXPORT_FORMATS, type ExportFormat, type FormatOptions } from './formats.ts';
import type { ExportIndex } from './indexes.ts';
import { openWhenUnlocked, type WaitOptions } from './open-source.ts';
import { checkColumns, findUserColumn, type Segment } from './segment.ts';

export interface ExportJob extends FormatOptions {
  sourceUrl: string;
  chain: number;
  index: ExportIndex;
  format: ExportFormat;
  segment: Segment | undefined;
  /** An existing empty file. */
  path: string;
}

export interface ExportCounts {
  /** The rows of the chain. */
  all: number;
  /** The rows of the chain that are in the segment. */
  written: number;
  /** The rows of the segment's index that are left out, because a value cannot be compared. */
  unreadable: number;
}

/**
 * Writes the rows of a chain into a file, in batches, so that memory does not grow with the number of rows.
 * @param options `signal` ends it between two batches; `onWait` is called when the source is locked
 * @throws ActionError when the source or the segment is invalid
 */
export async function writeExport(
  job: ExportJob,
  { signal, onWait }: WaitOptions = {},
): Promise<ExportCounts> {
  let source: ExportSource | undefined;
  try {
    source = await openWhenUnlocked(job.sourceUrl, { signal, onWait });
    return await writeRows(source, job, signal);
  } catch (error) {
    throw error instanceof SourceError ? new ActionError(error.message, { cause: error.cause }) : error;
  } finally {
    source?.close();
  }
}

async function writeRows(source: ExportSource, job: ExportJob, signal?: AbortSignal): Promise<ExportCounts> {
  const table = source.table(job.index);
  const filter = job.segment && filterOf(source, job.index, table.columns, job.segment);
  const format = EXPORT_FORMATS[job.format](job);
  const all = source.count(table, job.chain);
  const unreadable = filter ? source.countUnreadable(table, job.chain, filter) : 0;
  let written = 0;
  // `r+` fails if the file no longer exists: after the run has lost its task, a sweep may have removed it.
  const file = await open(job.path, 'r+');
  try {
    await file.appendFile(format.begin(table.columns));
    for (const rows of inBatches(source.rows(table, job.chain, filter), job.format)) {
      signal?.throwIfAborted();
      await file.appendFile(format.rows(rows, written === 0));
      written += rows.length;
    }
    await file.appendFile(format.end());
  } finally {
    await file.close();
  }
  return { all, written, unreadable };
}

function filterOf(
  source: ExportSource,
  index: ExportIndex,
  columns: readonly string[],
  segment: Segment,
): SourceFilter {
  const { join, conditions } = segment;
  if (segment.index === index) {
    checkColumns(segment, columns);
    return { join, conditions };
  }
  const table = source.table(segment.index);
  const rowColumn = findUserColumn(index, columns);
  const column = findUserColumn(segment.index, table.columns);
  checkColumns(segment, table.columns);
  return { join, conditions, people: { table, column, rowColumn } };
}
