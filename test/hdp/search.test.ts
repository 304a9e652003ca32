import { beforeAll, describe, expect, it } from 'vitest';
import { parseHdpTask } from '../../src/ndjson/task-lines.ts';
import { addHdpTasks, createTestGateway, type Gateway } from '../support/gateway.ts';
import { expectedHdpPage } from '../support/model.ts';
import { anHdpTask, type HdpWire, ulid } from '../support/tasks.ts';

const TASK_COUNT = 6000;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The same tasks in each run: uuids with a common prefix, programs with few and many tasks, equal times. */
const tasks: HdpWire[] = Array.from({ length: TASK_COUNT }, (_, n) => {
  let state = n * 2_654_435_761 + 12_345;
  const letters = Array.from({ length: 16 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return CROCKFORD.charAt(state >>> 27);
  });
  const names = [
    'vault_common',
    `single_${n}`,
    'Éclair_10',
    null,
    'vault_common',
    'mono',
    'mono too',
    'mono',
  ];
  return anHdpTask({
    uuid: `01JPJ0${letters.join('').slice(0, 4)}${letters.join('')}`,
    createdAt: new Date(1_700_000_000_000 + Math.floor(n / 7) * 1000).toISOString().replace('.000Z', 'Z'),
    programName: n % 601 === 0 ? 'rare%_name' : (names[n % 8] ?? null),
    programHash: n % 2 === 0 && n % 8 < 5 ? `0x${(n % 97).toString(16).padStart(62, 'ab')}` : null,
  });
});
const [first, middle] = [tasks[0]?.uuid ?? '', tasks[3000]?.uuid ?? ''];

const terms = [
  'vault',
  'mono',
  'COMMON',
  'éclair',
  'rare%_',
  'single_4242',
  'nothing_at_all',
  '0xabab',
  'babababa',
  '01jpj',
  '01JPJ0',
  'a',
  'z',
  'u',
  '_',
  'ab',
  '0X',
  '01',
  'Q7',
  '証',
  first,
  middle.slice(4, 12),
  middle.slice(-3),
  middle.slice(-5).toLowerCase(),
  `${middle.slice(0, 25)}${middle.endsWith('0') ? '1' : '0'}`,
];
const pages = [1, 2, 7, 60, 120, 218, 224, 225, 226, 299, 300, 400, 598, 600, 601];

let gateway: Gateway;
async function expectExact(expected: readonly HdpWire[]): Promise<void> {
  for (const term of terms) {
    const { tasks: found } = expectedHdpPage(expected, {
      hdp_tasks_search: term,
      hdp_tasks_per_page: TASK_COUNT,
    });
    for (const page of pages) {
      const query = new URLSearchParams({ hdp_tasks_search: term, hdp_tasks_page: String(page) });
      const response = await gateway.app.request(`http://hdp.test/tasks?${query}`);
      expect(JSON.parse(await response.text()), `${term}, page ${page}`).toEqual({
        tasks: found.slice((page - 1) * 10, page * 10),
        pagination: { page, perPage: 10, total: found.length, totalPages: Math.ceil(found.length / 10) },
      });
    }
  }
}

describe('a search term with white space', () => {
  const uuid = '01JPJ03YJT1A93D6NF56G4GVEQ';
  const search = async (term: string) => {
    const { app, store } = await createTestGateway();
    await store.hdpTasks.add(
      parseHdpTask(JSON.stringify(anHdpTask({ uuid, programName: 'two words' }))),
      'error',
    );
    await store.hdpTasks.add(parseHdpTask(JSON.stringify(anHdpTask({ uuid: ulid(1) }))), 'error');
    const query = new URLSearchParams({ hdp_tasks_search: term, hdp_tasks_per_page: '1' });
    const response = await app.request(`http://hdp.test/tasks?${query}`);
    const { pagination } = JSON.parse(await response.text());
    return { total: pagination.total, link: response.headers.get('link') };
  };

  it.each([' ', '\t', '\n', '\r\n', '\u00a0', '\u200b', '\ufeff', '\u2060', '\u2028', ' \t\u200d\n'])(
    'is trimmed of %j at both ends',
    async (space) => {
      expect((await search(`${space}${uuid}${space}`)).total).toBe(1);
      expect((await search(`${uuid}${space}`)).total).toBe(1);
    },
  );

  it('is compared with its inner white space', async () => {
    expect((await search(' two words ')).total).toBe(1);
    expect((await search('twowords')).total).toBe(0);
    expect((await search('two  words')).total).toBe(0);
  });

  it('finds all tasks if it is only white space', async () => {
    const all = await search('');
    expect(all.total).toBe(2);
    expect(await search(' \u200b\n')).toEqual(all);
  });

  it('is trimmed in the Link header', async () => {
    expect((await search(' 01 ')).link).toBe((await search('01')).link);
  });
});

describe('a search among thousands of tasks', () => {
  beforeAll(async () => {
    gateway = await createTestGateway();
    await addHdpTasks(gateway.store, ...tasks);
  });

  it('is exact before the trigram index has any of them', () => expectExact(tasks));

  it('is exact while the trigram index has some of them', async () => {
    // PostgreSQL has folded them when they were added.
    expect([0, 2500]).toContain(await gateway.store.index(2500));
    await expectExact(tasks);
  });

  it('is exact when the trigram index has all of them', async () => {
    while ((await gateway.store.index(1000)) > 0);
    await expectExact(tasks);
    expect(await gateway.store.verify()).toEqual([]);
  });

  it('is exact after tasks changed their program', async () => {
    const changed = tasks.map((task, n) => (n % 10 === 3 ? { ...task, programName: 'vault_new' } : task));
    for (const task of changed.filter((_, n) => n % 10 === 3)) {
      await gateway.store.hdpTasks.add(parseHdpTask(JSON.stringify(task)), 'replace');
    }
    await expectExact(changed);
    expect(await gateway.store.verify()).toEqual([]);
  });

  it('can rebuild the derived data', async () => {
    await gateway.store.repair();
    expect(await gateway.store.verify()).toEqual([]);
    while ((await gateway.store.index(1000)) > 0);
    expect(await gateway.store.verify()).toEqual([]);
  });
});
