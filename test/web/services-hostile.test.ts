/** Requirements 18 and 19 of the pages: hostile text in every field of a task. `withPage` expects no policy violation. */
import { describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { withDemoServer } from './support/demo-server.ts';
import { openWithToken } from './support/sign-in.ts';

const MARKUP = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'"&lt;`;
const BIDI = '\u202Ecod.exe\u202C\u2066';
const CONTROL = '\u0000\u0001\u001B[31m';
const HOSTILE = `${MARKUP} javascript:hacked=1 ${BIDI} ${CONTROL}`;

describe.skipIf(!hasBrowser)('hostile text in a Services task', () => {
  it('18, 19: is shown as text in list and task page, and runs nothing', () =>
    withDemoServer(async (server) => {
      const rule = { field_name: HOSTILE, field_type: HOSTILE, operator: HOSTILE, value: HOSTILE };
      const task = aServicesTask({
        ...{ id: 1, desc: HOSTILE, debug: HOSTILE, result: HOSTILE, version: 1 },
        state: { code: 'ERROR' },
        trigger: {
          ...{ once: HOSTILE, repeat: HOSTILE, [HOSTILE]: HOSTILE, __proto__: { [HOSTILE]: 1 } },
          segment: { entity: HOSTILE, index: HOSTILE, join: HOSTILE, rules: [rule] },
        },
        target: {
          ...{ action: 'export', export_index: HOSTILE, export_format: HOSTILE, campaign_id: HOSTILE },
          ...{ constructor: HOSTILE, toString: HOSTILE },
        },
      });
      const { store } = server.gateway;
      await addServicesTasks(store, { ...task, id: 1 }, { ...task, id: 2, target: { action: HOSTILE } });
      await addServicesTasks(store, aServicesTask({ id: 3 }));
      await store.taskRuns.claim(1764, 3, ['export'], { run: 'run', leaseMs: 60_000 });
      await store.taskRuns.finish(3, 'run', {
        ...{ status: 'ERROR', result: HOSTILE, file: null, now: Date.now(), nextTask: undefined },
        logs: [{ time: Date.now(), level: 'error', message: HOSTILE }],
      });
      await withPage(async (page) => {
        await openWithToken(page, server.services);
        await page.locator('main tbody tr').first().waitFor();
        expect(await page.locator('main tbody tr').first().textContent()).toContain(MARKUP);
        for (const id of [1, 2, 3]) {
          await openWithToken(page, `${server.services}/task/${id}`);
          await page.getByRole('heading', { name: 'Log' }).waitFor();
          expect(await page.locator('main').textContent()).toContain(MARKUP);
          await page.locator('.failure').waitFor();
        }
        await openWithToken(page, `${server.services}/?action=${encodeURIComponent(`${HOSTILE}!`)}`);
        await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
        expect(await page.locator('main').textContent()).toContain(MARKUP);
        expect(await page.locator('main img, main script').count()).toBe(0);
        expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined();
      });
    }));

  it('18: the direction of a text does not leave its cell', () =>
    withDemoServer(async (server) => {
      await addServicesTasks(server.gateway.store, aServicesTask({ id: 1, desc: BIDI, debug: BIDI }));
      await withPage(async (page) => {
        await openWithToken(page, `${server.services}/task/1`);
        await page.getByRole('heading', { name: 'Debug' }).waitFor();
        // Each element that holds such a text isolates it.
        const open = await page.evaluate((text) => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const parents: string[] = [];
          while (walker.nextNode()) {
            const { textContent, parentElement } = walker.currentNode;
            if (textContent?.includes(text) && !parentElement?.closest('bdi')) parents.push(textContent);
          }
          return parents;
        }, BIDI);
        expect(open).toEqual([]);
      });
    }));
});
