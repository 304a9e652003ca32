import { createFile } from '../exports/files.ts';
import { EXPORT_FORMATS, isExportFormat } from '../exports/formats.ts';
import { EXPORT_INDEXES, type ExportIndex, isExportIndex, joinWords, quoted } from '../exports/indexes.ts';
import { SOURCE_LOCK_TIMEOUT_MS } from '../exports/open-source.ts';
import { parseSegment, type Segment } from '../exports/segment.ts';
import { type ExportCounts, writeExport } from '../exports/write.ts';
import { type Action, type ActionContext, ActionError } from './action.ts';

/**
 * Writes the rows of a chain in an export index, or those of a segment, into a file (contract A4). It uses
 * `target.export_index`, `target.export_format` and `trigger.segment`.
 */
export const exportAction: Action = {
  name: 'export',
  async run(task, { now, runId, exportsDir, exportSourceUrl, csvBom = false, log, signal }) {
    const { export_index: index, export_format: format } = task.target;
    if (!isExportIndex(index)) throw mustBeOneOf('export_index', EXPORT_INDEXES);
    if (!isExportFormat(format)) throw mustBeOneOf('export_format', EXPORT_FORMATS);
    const segment = parseSegment(task.trigger, { chain: task.chain, now: now() });
    if (exportSourceUrl === undefined) {
      throw new ActionError(
        'No export source is configured. The operator of this server must set EXPORT_SOURCE_URL.',
      );
    }
    const file = `${task.chain}/${task.id}-${runId}.${format}`;
    const { chain } = task;
    const onWait = () =>
      log(
        'warning',
        `The export source is locked by another program; the export waits up to ${SOURCE_LOCK_TIMEOUT_MS / 1000} seconds.`,
      );
    const counts = await createFile({ exportsDir, name: file }, (path) =>
      writeExport(
        { sourceUrl: exportSourceUrl, chain, index, format, segment, path, csvBom },
        { signal, onWait },
      ),
    );
    logCounts(index, segment, counts, log);
    return { result: `${EXPORT_INDEXES[index]}_Export-${task.id}.${format}`, file };
  },
};

function mustBeOneOf(key: string, accepted: object): ActionError {
  return new ActionError(`target.${key} must be one of ${joinWords(Object.keys(accepted))}.`);
}

function logCounts(
  index: ExportIndex,
  segment: Segment | undefined,
  { all, written, unreadable }: ExportCounts,
  log: ActionContext['log'],
): void {
  const rows = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`;
  if (!segment) {
    const isEmpty = all === 0;
    log(
      isEmpty ? 'warning' : 'info',
      isEmpty ? `This chain has no rows in ${index}.` : `Wrote all ${rows(all)} of ${index}.`,
    );
    return;
  }
  const { join, conditions } = segment;
  const rules = conditions.length === 1 ? 'the rule' : `${join} of the ${conditions.length} rules`;
  const selected =
    segment.index === index
      ? `rows that meet ${rules}`
      : `rows of people in ${segment.index} who meet ${rules}`;
  log(
    written === 0 ? 'warning' : 'info',
    `Wrote ${written} of the ${rows(all)} of ${index}: ${selected} of the segment.`,
  );
  if (unreadable > 0) {
    log(
      'warning',
      `Left out ${rows(unreadable)} of ${segment.index} in which ${unreadableColumns(segment)}.`,
    );
  }
}

const KINDS = { number: 'a number', time: 'a date (ISO 8601 text or Unix seconds)' } as const;

/** Returns why rows could not be compared, for each number or date column: `"seen" is not a date`. */
function unreadableColumns({ conditions }: Segment): string {
  const reasons = conditions.flatMap(({ kind, column }) =>
    kind === 'text' ? [] : [`${quoted(column)} is not ${KINDS[kind]}`],
  );
  return [...new Set(reasons)].join(' or ');
}
