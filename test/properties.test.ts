import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chains,
  hdpQueries,
  hdpTasks,
  servicesQueries,
  servicesTasks,
  toQueryString,
} from './support/arbitraries.ts';
import { addHdpTasks, addServicesTasks, asAdmin, asChain, createTestGateway } from './support/gateway.ts';
import { expectedHdpPage, expectedServicesPage } from './support/model.ts';

describe('compared with a plain model of the contract', () => {
  it('every Services list, filter, page and total is the same, for every credential', async () => {
    const queryArbitrary = fc.array(fc.tuple(chains, fc.boolean(), servicesQueries), {
      minLength: 5,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(servicesTasks, queryArbitrary, async (tasks, queries) => {
        const { app, store } = await createTestGateway();
        await addServicesTasks(store, ...tasks);
        const credentials = new Map<string, Record<string, string>>();
        for (const chain of [1, 2, 3]) {
          credentials.set(`token ${chain}`, await asChain(store, chain));
          credentials.set(`admin ${chain}`, await asAdmin(store, chain, chain));
          await store.access.grant({ userId: chain, chain, level: 'READ' });
        }
        for (const [chain, isAdmin, query] of queries) {
          const headers = credentials.get(`${isAdmin ? 'admin' : 'token'} ${chain}`) ?? {};
          const response = await app.request(`http://services.test/tasks?${toQueryString(query)}`, {
            headers,
          });
          const expected = expectedServicesPage(tasks, chain, query);
          expect(await response.json()).toEqual(JSON.parse(JSON.stringify(expected.tasks)));
          expect(response.headers.get('x-total-count')).toBe(String(expected.total));
        }
        await store.close();
      }),
      { numRuns: 100 },
    );
  });

  it('every HDP list, search, page and total is the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        hdpTasks,
        fc.array(hdpQueries, { minLength: 5, maxLength: 10 }),
        async (tasks, queries) => {
          const { app, store } = await createTestGateway();
          await addHdpTasks(store, ...tasks);
          for (const query of queries) {
            const response = await app.request(`http://hdp.test/tasks?${toQueryString(query)}`);
            expect(await response.json()).toEqual(expectedHdpPage(tasks, query));
          }
          await store.close();
        },
      ),
      { numRuns: 100 },
    );
  });

  it('the next links from the first page lead to every task once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(servicesTasks, fc.integer({ min: 1, max: 9 }), async (tasks, limit) => {
        const { app, store } = await createTestGateway();
        await addServicesTasks(store, ...tasks);
        const headers = await asChain(store, 1);
        const seen: number[] = [];
        for (let url: string | undefined = `http://services.test/tasks?limit=${limit}`; url; ) {
          const response: Response = await app.request(url, { headers });
          const page = (await response.json()) as { id: number }[];
          seen.push(...page.map((task) => task.id));
          const next = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
          url = next && new URL(next, url).href;
        }
        expect(seen).toEqual(expectedServicesPage(tasks, 1, { limit: 1000 }).tasks.map((task) => task.id));
        await store.close();
      }),
      { numRuns: 50 },
    );
  });
});
