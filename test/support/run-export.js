// Runs one export like the built program, and prints the result as JSON.
import { exportAction } from '../../dist/actions/export.js';

const { sourceUrl, exportsDir, segment, format, abortAfterMs } = JSON.parse(process.argv[2]);
const stop = new AbortController();
if (abortAfterMs !== undefined) setTimeout(() => stop.abort(new Error('stopped')), abortAfterMs);
const log = [];
const task = {
  id: 7,
  chain: 1,
  trigger: { segment },
  target: { export_index: 'users', export_format: format },
};
const begun = performance.now();
console.log('begun');
const outcome = await exportAction
  .run(task, {
    now: Date.now,
    runId: String(process.pid),
    exportsDir,
    exportSourceUrl: sourceUrl,
    log: (level, message) => log.push(`${level}: ${message}`),
    signal: stop.signal,
  })
  .catch((error) => ({ error: error.message, type: error.constructor.name }));
const mostMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...outcome, log, ms: performance.now() - begun, mostMegabytes }));
