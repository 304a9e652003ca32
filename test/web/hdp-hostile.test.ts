/** Requirements 18 and 19: foreign text in every field is shown as text. */
import { beforeAll, describe, expect, it } from 'vitest';
import { addHdpTasks } from '../support/gateway.ts';
import { ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { createActor, taskOf } from './support/hdp-tasks.ts';
import { useWebServer } from './support/server.ts';

const MARKUP = `<img src=x onerror="hacked=1"><script>hacked=1</script>"'\`\${1}{{1}}`;
const BIDI = '\u202Egnp.exe\u2066\u200F';
/** Text for a field: its name, markup, a `javascript:` URL, and characters that reverse what follows them. */
const hostile = (field: string) => `${field} javascript:hacked=1 ${MARKUP} \u0001\u0000${BIDI}`;

const FAILED = [
  { to_status: 'DryRunStarted' },
  {
    ...{ to_status: 'DryRunCompleted', program_hash: hostile('programHash') },
    ...{ program_name: hostile('programName'), task_hash: hostile('taskHash') },
    ...{ contract_class_hash: hostile('contractClassHash'), hdp_core_program_hash: hostile('core') },
    task_inputs: { [hostile('key')]: hostile('input'), __proto__: { a: 1 } },
    ...{ data_source_chains: [hostile('source')], data_destination_chain: hostile('destination') },
  },
  { to_status: 'ChainProofsFetchStarted' },
  {
    to_status: 'ChainProofsFetchCompleted',
    mmrs: [
      {
        ...{ id: hostile('mmrId'), root: hostile('mmrRoot'), size: 1, chain_id: hostile('mmrChain') },
        hashing_function: 'keccak',
      },
    ],
  },
  { to_status: 'TraceGenStarted' },
  {
    ...{ to_status: 'TraceGenCompleted', output_tree_root: hostile('outputTreeRoot') },
    output_preimage: [hostile('preimage')],
  },
  { to_status: 'AtlanticProvingStarted' },
  { to_status: 'AtlanticProvingFailed', error_message: hostile('error') },
];

describe.skipIf(!hasBrowser)('18, 19: foreign text', () => {
  const server = useWebServer();
  let failed = '';
  beforeAll(async () => {
    const text = Object.fromEntries(
      [
        ...['destinationChainId', 'contractClassHash', 'scheduleTxHash', 'dataDestinationChain', 'taskHash'],
        ...['hdpCoreProgramHash', 'programHash', 'programName', 'outputTreeRoot'],
      ].map((name) => [name, hostile(name)]),
    );
    const task = taskOf(1, { ...text, dataSourceChains: [hostile('dataSourceChains')] });
    await addHdpTasks(server().gateway.store, task);
    failed = await (await createActor(server())).create(FAILED);
  });

  it('is shown in the list, on the pages of tasks and by the search, and runs nowhere', () =>
    withPage(async (page) => {
      const visible = async () => (await page.locator('main').textContent()) ?? '';
      await page.goto(server().hdp);
      await page.locator('a[data-uuid]').nth(1).waitFor();
      for (const name of ['destinationChainId', 'programHash', 'programName'])
        expect(await visible()).toContain(hostile(name));
      await page.getByRole('searchbox').fill(MARKUP);
      await page.waitForURL(/search=/);
      await page.locator('main .former').waitFor({ state: 'detached' });
      expect(await page.locator('a[data-uuid]').count()).toBe(2);
      await page.getByRole('searchbox').fill(`${MARKUP}?`);
      await page.getByText('Nothing found').waitFor();
      expect(await visible()).toContain(`${MARKUP}?`);

      await page.goto(`${server().hdp}/task/${ulid(1)}`);
      await page.getByText('contractClassHash javascript:').waitFor();
      for (const name of ['scheduleTxHash', 'dataSourceChains', 'dataDestinationChain', 'outputTreeRoot'])
        expect(await visible()).toContain(hostile(name));

      await page.goto(`${server().hdp}/task/${failed}`);
      await page.locator('.task-error pre').waitFor();
      await page.getByText('contractClassHash javascript:').waitFor();
      for (const name of ['error', 'programName', 'mmrId', 'mmrRoot', 'mmrChain', 'preimage', 'source'])
        expect(await visible()).toContain(hostile(name));
      expect(await page.locator('.json .json-name').allTextContents()).toContain(hostile('key'));

      await page.goto(`${server().hdp}/task/${encodeURIComponent(MARKUP)}`);
      await page.getByText('This is not the uuid of a task').waitFor();
      expect(await visible()).toContain(MARKUP);
      expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined();
      expect(await page.locator('main :is(img, script)').count()).toBe(0);
    }));

  it('is isolated, so that it reverses no other text', () =>
    withPage(async (page) => {
      for (const path of ['/', `/task/${ulid(1)}`, `/task/${failed}`]) {
        await page.goto(server().hdp + path);
        await page.getByText('programName javascript:').first().waitFor();
        const unisolated = await page.evaluate((bidi) => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found: string[] = [];
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const parent = node.parentElement;
            if (!node.textContent?.includes(bidi) || !parent) continue;
            if (!/isolate/.test(getComputedStyle(parent).unicodeBidi)) found.push(parent.outerHTML);
          }
          return found;
        }, BIDI);
        expect(unisolated).toEqual([]);
      }
    }));

  it('is no address of a link', () =>
    withPage(async (page) => {
      await page.goto(`${server().hdp}/task/${ulid(1)}`);
      await page.getByText('programName javascript:').waitFor();
      const links = await page.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      expect(links.filter((href) => !/^(\/|#content)/.test(href ?? ''))).toEqual([]);
    }));
});
