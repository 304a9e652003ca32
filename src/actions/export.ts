import { removeLeftovers, makeFile } from '../exports/files.ts';
import { EXPORT_FORMATS, isExportFormat } from '../exports/formats.ts';
import { EXPORT_INDEXES, isExportIndex, listed } from '../exports/indexes.ts';
import { parseSegment, type Segment } from '../exports/segment.ts';
import { writeInThread } from '../exports/thread.ts';
import type { ExportCounts } from '../exports/write.ts';
import { type Action, ActionError, type ActionLog, type ActionTask } from './action.ts';

/**
 * Writes the rows that a chain has in an export index, or those of a segment, into a file (contract A4). Of `target` it
 * reads `export_index` and `export_format`, of `trigger` the segment; the rest of either changes nothing.
 */
const exportAction: Action = {
  name: 'export',
  async run(task, { now, runId, exportsDir, exportSourceUrl, log, signal }) {
    const { export_index: index, export_format: format } = task.target;
    if (!isExportIndex(index)) throw mustBeOneOf('export_index', EXPORT_INDEXES);
    if (!isExportFormat(format)) throw mustBeOneOf('export_format', EXPORT_FORMATS);
    const segment = parseSegment(task.trigger, { chain: task.chain, now: now() });
    if (exportSourceUrl === undefined) {
      throw new ActionError('There is nothing to export from: whoever runs this server has to set EXPORT_SOURCE_URL.');
    }
    await removeLeftovers(exportsDir, now());
    const file = `${task.chain}/${task.id}-${runId}.${format}`;
    let counts: ExportCounts = { all: 0, written: 0 };
    await makeFile({ exportsDir, name: file }, async (path) => {
      const job = { sourceUrl: exportSourceUrl, chain: task.chain, index, format, segment, path };
      counts = await writeInThread(job, signal);
    });
    report(task, index, segment, counts, log);
    return { result: `${EXPORT_INDEXES[index]}_Export-${task.id}.${format}`, file };
  },
};

export default exportAction;
