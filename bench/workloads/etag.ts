/** Polls the lists with If-None-Match. */
import type { HttpResponse } from '../http-client.ts';
import { APIS, type Api, LIST_NAMES, polledListRequest } from '../requests.ts';
import { sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFloor, startLoggingFloor, startTaskgate } from '../start-servers.ts';
import { formatRatio } from '../stats.ts';
import { type Comparison, compare, ratio, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const GOAL = 0.9;
const FLOOR_200 = 'floor with body';

export const etag: Workload = {
  name: 'etag',
  async run(bench) {
    const comparisons: Comparison[] = [];
    const notes = [
      `"floor" sends the same 304 with the same ETag. "${FLOOR_200}" ignores If-None-Match and sends the whole body.`,
    ];
    for (const api of APIS) {
      const comparison = await pollConditionally(bench, api);
      if (comparison) {
        comparisons.push(comparison);
        notes.push(
          `${LIST_NAMES[api]}: taskgate serves ${formatRatio(ratio(comparison, 'taskgate', FLOOR_200))} as many requests as the ${FLOOR_200}, ${formatRatio(ratio(comparison, 'taskgate', 'floor with log'))} as many as the floor with a log and request ids.`,
        );
      } else notes.push(`${LIST_NAMES[api]}: not measured, because taskgate sends no ETag.`);
    }
    return {
      title: 'etag: the same list with If-None-Match',
      tables: comparisons.length > 0 ? [throughputTable(comparisons)] : [],
      notes,
      goals: [
        ...comparisons.map((comparison) => throughputGoal('etag', comparison, 'floor', GOAL)),
        ...APIS.filter((api) => !comparisons.some(({ list }) => list === LIST_NAMES[api])).map((api) => ({
          work: `etag: ${LIST_NAMES[api]}`,
          goal: `at least ${GOAL} x floor`,
          measured: 'no ETag',
          met: undefined,
        })),
      ],
    };
  },
};

function pollConditionally(bench: Bench, api: Api): Promise<Comparison | undefined> {
  const request = polledListRequest(api, bench.dataset);
  return withServers([() => startTaskgate(bench)], async (taskgate) => {
    const full = await sendOnce(taskgate, request);
    const tag = full.header('ETag');
    if (tag === undefined) return undefined;
    const conditional = { ...request, headers: { ...request.headers, 'If-None-Match': tag } };
    const unchanged: HttpResponse = await sendOnce(taskgate, conditional, 304);
    const starts = [
      () => startFloor(bench, unchanged),
      () => startLoggingFloor(bench, unchanged),
      () => startFloor(bench, full, FLOOR_200),
    ];
    return withServers(starts, (floor, loggingFloor, fullFloor) =>
      compare(bench, LIST_NAMES[api], [
        { server: floor, requests: [conditional], bytes: 0 },
        { server: loggingFloor, requests: [conditional], bytes: 0 },
        { server: fullFloor, requests: [conditional], bytes: full.body.length },
        { server: taskgate, requests: [conditional], bytes: 0 },
      ]),
    );
  });
}
