/** Searches that no cache can answer. */
import { Connection, type HttpRequest, type HttpResponse, timed } from '../client.ts';
import { requireSame } from '../compare.ts';
import { type Bench, type Server, startFastify, startTaskgate, withServers } from '../contestants.ts';
import { totalIn } from '../lists.ts';
import type { Goal } from '../report.ts';
import { listRequest } from '../requests.ts';
import { count, median, ms, times } from '../stats.ts';
import { type TermKind, termKinds } from '../terms.ts';
import type { Workload } from './workload.ts';

const TERMS = 12;
/** Asked of fastify too, which is slow: these show that taskgate's responses are exact. */
const VERIFIED = 3;
const WARM_UP = 3;
const RARE_GOAL = 50;
const DEPTH_GOAL = 2;
const PER_PAGE = 10;

export const search: Workload = {
  name: 'search',
  async run(bench) {
    const found = await measure(bench);
    return {
      title: 'search: a term that was not asked before',
      tables: [
        {
          head: [
            'term',
            'asked',
            'tasks found',
            'taskgate median, ms',
            'max, ms',
            'middle page, ms',
            'last page, ms',
            'fastify median, ms',
            'times faster',
          ],
          rows: found.map(({ kind, asked, hits, taskgate, slowest, middle, last, fastify }) => [
            kind.name,
            String(asked),
            hits,
            ms(taskgate),
            ms(slowest),
            ms(middle),
            ms(last),
            ms(fastify),
            times(fastify / taskgate),
          ]),
        },
      ],
      notes: [
        'Pages of 10, each with the total; the middle and the last page of the same terms are asked afterwards.',
        `For ${VERIFIED} terms of each kind, tasks and total of the first page were compared with fastify's.`,
      ],
      goals: found.flatMap(goalsOf),
    };
  },
};

interface Found {
  kind: TermKind;
  asked: number;
  /** How many tasks the terms find, from the fewest to the most. */
  hits: string;
  taskgate: number;
  slowest: number;
  /** Medians of the page in the middle and of the last page. */
  middle: number;
  last: number;
  fastify: number;
}

function goalsOf({ kind, taskgate, middle, last, fastify }: Found): Goal[] {
  const work = `search: ${kind.name}`;
  const goals = [
    {
      work,
      goal: `at most ${kind.limitMs} ms`,
      measured: `${ms(taskgate)} ms`,
      met: taskgate <= kind.limitMs,
    },
    {
      work,
      goal: `middle and last page at most ${DEPTH_GOAL} x the first`,
      measured: `${times(middle / taskgate)}, ${times(last / taskgate)}`,
      met: Math.max(middle, last) <= DEPTH_GOAL * taskgate,
    },
  ];
  if (!kind.isRare) return goals;
  const ratio = fastify / taskgate;
  const goal = `at least ${RARE_GOAL} x fastify`;
  return [...goals, { work, goal, measured: times(ratio), met: ratio >= RARE_GOAL }];
}

function measure(bench: Bench): Promise<Found[]> {
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const found: Found[] = [];
    const kinds = termKinds(bench.dataset);
    for (const kind of kinds) await requestAll(bench, taskgate, kind.terms.slice(-WARM_UP));
    for (const kind of kinds) {
      bench.progress(`search: ${kind.name}`);
      const terms = kind.terms.slice(0, TERMS);
      const ours = await requestAll(bench, taskgate, terms);
      const pages = ours.map(({ response }) => Math.ceil(totalIn(response) / PER_PAGE));
      const pageOf = async (page: (pages: number) => number) =>
        median((await requestAll(bench, taskgate, terms, pages.map(page))).map((one) => one.took));
      const middle = await pageOf((count) => Math.ceil(count / 2));
      const last = await pageOf((count) => count);
      const theirs = await requestAll(bench, fastify, terms.slice(0, VERIFIED));
      for (const [index, { request, response }] of theirs.entries()) {
        const our = ours[index];
        if (our) requireSame(request, our.response, response);
      }
      const hits = ours.map(({ response }) => totalIn(response)).toSorted((a, b) => a - b);
      const took = ours.map((one) => one.took);
      found.push({
        kind,
        asked: terms.length,
        hits: `${count(hits[0] ?? 0)} to ${count(hits.at(-1) ?? 0)}`,
        taskgate: median(took),
        slowest: Math.max(...took),
        middle,
        last,
        fastify: median(theirs.map((one) => one.took)),
      });
    }
    return found;
  });
}

interface Asked {
  request: HttpRequest;
  response: HttpResponse;
  took: number;
}

/** @param pages the page to ask for with each term, the first one if it is not given */
async function requestAll(
  { dataset }: Bench,
  { port }: Server,
  terms: readonly string[],
  pages: readonly number[] = [],
): Promise<Asked[]> {
  const connection = await Connection.open(port);
  const asked: Asked[] = [];
  for (const [index, term] of terms.entries()) {
    const page = Math.max(1, pages[index] ?? 1);
    const query = `hdp_tasks_search=${encodeURIComponent(term)}${page > 1 ? `&hdp_tasks_page=${page}` : ''}`;
    const request = listRequest('hdp', dataset, query);
    asked.push({ request, ...(await timed(connection, request)) });
  }
  connection.close();
  return asked;
}
