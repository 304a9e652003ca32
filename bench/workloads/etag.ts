/** The polled lists with If-None-Match. */
import type { HttpResponse } from '../client.ts';
import {
  type Bench,
  requestOnce,
  startFloor,
  startLoggingFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import { APIS, type Api, LIST_NAMES, polled } from '../requests.ts';
import { times } from '../stats.ts';
import { type Comparison, compare, ratio, throughputGoal, throughputTable } from './throughput.ts';
import type { Workload } from './workload.ts';

const GOAL = 0.9;
const FULL = 'floor of the body';

export const etag: Workload = {
  name: 'etag',
  async run(bench) {
    const comparisons: Comparison[] = [];
    const notes = [
      `"floor" responses the same 304 with the same ETag; "${FULL}" ignores If-None-Match and sends the whole body.`,
    ];
    for (const api of APIS) {
      const comparison = await pollConditionally(bench, api);
      if (comparison) {
        comparisons.push(comparison);
        notes.push(
          `${LIST_NAMES[api]}: taskgate has ${times(ratio(comparison, 'taskgate', FULL))} the requests of the ${FULL}, ${times(ratio(comparison, 'taskgate', 'floor with log'))} those of the floor that also logs and makes a request id.`,
        );
      } else notes.push(`${LIST_NAMES[api]}: taskgate sends no ETag, so there is nothing to measure.`);
    }
    return {
      title: 'etag: the same with If-None-Match',
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
  const request = polled(api, bench.dataset);
  return withServers([() => startTaskgate(bench)], async (taskgate) => {
    const full = await requestOnce(taskgate, request);
    const tag = full.header('ETag');
    if (tag === undefined) return undefined;
    const conditional = { ...request, headers: { ...request.headers, 'If-None-Match': tag } };
    const unchanged: HttpResponse = await requestOnce(taskgate, conditional, 304);
    const starts = [
      () => startFloor(bench, unchanged),
      () => startLoggingFloor(bench, unchanged),
      () => startFloor(bench, full, FULL),
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
