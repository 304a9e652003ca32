/** Random tasks and queries from few values, so that filters, ties and searches often match. */
import fc from 'fast-check';
import { HDP_STATUSES, SERVICES_STATUSES } from '../../src/db/model/statuses.ts';
import { anHdpTask, aServicesTask, type HdpWire, type ServicesWire, ulid } from './tasks.ts';

export const chains = fc.constantFrom(1, 2, 3);
const actions = fc.constantFrom('export', 'Export', 'sync%_x', "it's", '', 'ü', '\u0000');
const campaigns = fc.constantFrom(0, 1, 2, Number.MAX_SAFE_INTEGER);
const awkwardCampaigns = fc.oneof(campaigns, fc.constantFrom(null, '1', 1.5, true, {}, -1, 1e300));
const status = fc.constantFrom(...SERVICES_STATUSES);

const target = fc.record(
  {
    action: fc.oneof(
      { weight: 5, arbitrary: actions },
      { weight: 1, arbitrary: fc.constantFrom(1, null, {}) },
    ),
    campaign_id: awkwardCampaigns,
    campaign: awkwardCampaigns,
    extra: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
);

export const servicesTasks: fc.Arbitrary<ServicesWire[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      chain: chains,
      code: status,
      target,
      desc: fc.string(),
    }),
    {
      selector: (task) => task.id,
      maxLength: 40,
    },
  )
  .map((tasks) => tasks.map(({ code, ...task }) => aServicesTask({ ...task, state: { code } })));

export const servicesQueries = fc.record(
  {
    status,
    action: actions,
    campaign_id: campaigns,
    limit: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constantFrom(100, 1000)),
    offset: fc.integer({ min: 0, max: 50 }),
  },
  { requiredKeys: [] },
);

const times = fc.constantFrom(
  '2025-01-01T00:00:00Z',
  '2025-01-01T00:00:00.000001Z',
  '2025-01-01T00:00:00.001Z',
  '2024-12-31T23:59:59.999999Z',
  '1969-12-31T23:59:59.500Z',
);
const fragments = [
  'a',
  'B',
  '%',
  '_',
  '*',
  "'",
  '"',
  '\\',
  '\u0000',
  '\u{10FFFF}',
  '\u{10FFFD}',
  'É',
  'e\u0301',
  '\u212a',
  'İ',
  'ß',
  'S',
  'ſ',
  '証',
  '🧾',
  'Σ',
  'ς',
  ' ',
];
const texts = fc.array(fc.constantFrom(...fragments), { maxLength: 5 }).map((parts) => parts.join(''));

export const hdpTasks: fc.Arbitrary<HdpWire[]> = fc
  .uniqueArray(
    fc.record({
      n: fc.integer({ min: 0, max: 100_000 }),
      status: fc.constantFrom(...HDP_STATUSES),
      createdAt: times,
      programHash: fc.option(texts),
      programName: fc.option(texts),
      dataSourceChains: fc.option(fc.array(texts, { maxLength: 2 })),
    }),
    { selector: (task) => task.n, maxLength: 40 },
  )
  .map((tasks) => tasks.map(({ n, ...task }) => anHdpTask({ ...task, uuid: ulid(n) })));

export const hdpQueries = fc.record(
  {
    hdp_tasks_page: fc.integer({ min: 1, max: 12 }),
    hdp_tasks_per_page: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant(100)),
    hdp_tasks_search: fc.oneof(
      texts,
      fc.constantFrom('', '01j', 'PJ03y', '0000', '0', 'K', 'e', '1a', 'ab', 'JP'),
      fc.integer({ min: 0, max: 100_000 }).map((n) => ulid(n).slice(-4).toLowerCase()),
    ),
  },
  { requiredKeys: [] },
);

/** Returns a query as a query string, without its undefined members. */
export function toQueryString(query: object): string {
  const members = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    members.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}
