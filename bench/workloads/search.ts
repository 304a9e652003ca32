/** Searches for terms that no earlier request has used. */

import { requireSameResponse } from '../compare.ts';
import { Connection, type HttpRequest, type HttpResponse, sendTimed } from '../http-client.ts';
import { parseTotal } from '../list-responses.ts';
import type { Goal } from '../report.ts';
import { listRequest } from '../requests.ts';
import { createTermGroups, type TermGroup } from '../search-terms.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startFastify, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const TERM_COUNT = 12;
/** fastify searches for these terms too, which verifies the responses of taskgate. It is slow, so they are few. */
const VERIFIED_TERMS = 3;
const WARM_UP_TERMS = 3;
const MAX_DEPTH_RATIO = 2;
const PER_PAGE = 10;

export const search: Workload = {
  name: 'search',
  async run(bench) {
    const results = await measure(bench);
    return {
      title: 'search: each term for the first time',
      tables: [
        {
          head: [
            'term group',
            'terms',
            'tasks found',
            'taskgate median, ms',
            'max, ms',
            'middle page, ms',
            'last page, ms',
            'fastify median, ms',
            'times faster',
          ],
          rows: results.map(({ group, termCount, hits, taskgate, slowest, middle, last, fastify }) => [
            group.name,
            String(termCount),
            hits,
            formatMs(taskgate),
            formatMs(slowest),
            formatMs(middle),
            formatMs(last),
            formatMs(fastify),
            formatRatio(fastify / taskgate),
          ]),
        },
      ],
      notes: [
        'Pages of 10 with the total. The middle and the last page of the same terms are requested afterwards.',
        `For ${VERIFIED_TERMS} terms of each group, tasks and total of the first page equal those from fastify.`,
      ],
      goals: results.flatMap((result) => goalsOf(result, bench.goals.rareSearchPeer)),
    };
  },
};

interface Result {
  group: TermGroup;
  termCount: number;
  /** The lowest and highest number of matching tasks of a term. */
  hits: string;
  taskgate: number;
  slowest: number;
  /** Medians of the page in the middle and of the last page. */
  middle: number;
  last: number;
  fastify: number;
}

function goalsOf({ group, taskgate, middle, last, fastify }: Result, minRareRatio: number): Goal[] {
  const work = `search: ${group.name}`;
  const goals = [
    {
      work,
      goal: `at most ${group.limitMs} ms`,
      measured: `${formatMs(taskgate)} ms`,
      met: taskgate <= group.limitMs,
    },
    {
      work,
      goal: `middle and last page at most ${MAX_DEPTH_RATIO} x the first`,
      measured: `${formatRatio(middle / taskgate)}, ${formatRatio(last / taskgate)}`,
      met: Math.max(middle, last) <= MAX_DEPTH_RATIO * taskgate,
    },
  ];
  if (!group.isRare) return goals;
  const ratio = fastify / taskgate;
  const goal = `at least ${minRareRatio} x fastify`;
  return [...goals, { work, goal, measured: formatRatio(ratio), met: ratio >= minRareRatio }];
}

function measure(bench: Bench): Promise<Result[]> {
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const results: Result[] = [];
    const groups = await createTermGroups(bench);
    for (const group of groups) await searchAll(bench, taskgate, group.terms.slice(-WARM_UP_TERMS));
    for (const group of groups) {
      bench.log(`search: ${group.name}`);
      const terms = group.terms.slice(0, TERM_COUNT);
      const taskgateSearches = await searchAll(bench, taskgate, terms);
      const pages = taskgateSearches.map(({ response }) => Math.ceil(parseTotal(response) / PER_PAGE));
      const pageOf = async (page: (pages: number) => number) =>
        median(
          (await searchAll(bench, taskgate, terms, pages.map(page))).map(({ durationMs }) => durationMs),
        );
      const middle = await pageOf((count) => Math.ceil(count / 2));
      const last = await pageOf((count) => count);
      const fastifySearches = await searchAll(bench, fastify, terms.slice(0, VERIFIED_TERMS));
      for (const [index, { request, response }] of fastifySearches.entries()) {
        const taskgateSearch = taskgateSearches[index];
        if (taskgateSearch) requireSameResponse(request, taskgateSearch.response, response);
      }
      const hits = taskgateSearches.map(({ response }) => parseTotal(response)).toSorted((a, b) => a - b);
      const durations = taskgateSearches.map(({ durationMs }) => durationMs);
      results.push({
        group,
        termCount: terms.length,
        hits: `${formatCount(hits[0] ?? 0)} to ${formatCount(hits.at(-1) ?? 0)}`,
        taskgate: median(durations),
        slowest: Math.max(...durations),
        middle,
        last,
        fastify: median(fastifySearches.map(({ durationMs }) => durationMs)),
      });
    }
    return results;
  });
}

interface TimedSearch {
  request: HttpRequest;
  response: HttpResponse;
  durationMs: number;
}

/** Searches for each term. @param pages the page of each term; default: the first page */
async function searchAll(
  { dataset }: Bench,
  { port }: Server,
  terms: readonly string[],
  pages: readonly number[] = [],
): Promise<TimedSearch[]> {
  const connection = await Connection.open(port);
  const searches: TimedSearch[] = [];
  for (const [index, term] of terms.entries()) {
    const page = Math.max(1, pages[index] ?? 1);
    const query = `hdp_tasks_search=${encodeURIComponent(term)}${page > 1 ? `&hdp_tasks_page=${page}` : ''}`;
    const request = listRequest('hdp', dataset, query);
    searches.push({ request, ...(await sendTimed(connection, request)) });
  }
  connection.close();
  return searches;
}
