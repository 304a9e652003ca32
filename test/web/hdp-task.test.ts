/** The page of an HDP task. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addHdpTasks } from '../support/gateway.ts';
import { ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { COMPLETED, taskOf, useActor } from './support/hdp-tasks.ts';
import { useWebServer } from './support/server.ts';

describe.skipIf(!hasBrowser)('the page of a task', () => {
  const server = useWebServer();
  const actor = useActor(server);
  const open = (page: Page, uuid: string) => page.goto(`${server().hdp}/task/${uuid}`);
  const field = (page: Page, name: string) =>
    page.locator('.fields > div', { has: page.getByText(name, { exact: true }) }).locator('dd');

  it('shows all fifteen values of the list', () =>
    withPage(async (page) => {
      const hash = (digit: string) => `0x${digit.repeat(63)}`;
      const task = taskOf(1, {
        ...{ status: 'TaskDecommitmentCompleted', destinationChainId: '11155111', scheduleMode: 'onchain' },
        ...{ contractClassHash: hash('1'), scheduleTxHash: hash('2'), dataSourceChains: ['0x1', '0xbeef'] },
        ...{ dataDestinationChain: '0x534e5f4d41494e', hdpCoreProgramHash: hash('3'), taskHash: hash('4') },
        ...{ programHash: hash('5'), programName: 'vault', outputTreeRoot: hash('6') },
        updatedAt: '2026-06-01T13:00:00.123456Z',
      });
      await addHdpTasks(server().gateway.store, task);
      await open(page, ulid(1));
      const shown = async (name: string) => {
        await field(page, name).waitFor();
        const values = field(page, name).locator('bdi, time, .status');
        return (await values.count()) > 0
          ? values.allTextContents()
          : [await field(page, name).textContent()];
      };
      await page.getByText(hash('1')).waitFor();
      expect(await shown('Uuid')).toEqual([ulid(1)]);
      expect(await shown('Status')).toEqual(['Task decommitment completed']);
      expect(await shown('Destination chain id')).toEqual(['11155111']);
      expect(await field(page, 'Destination chain id').textContent()).toContain('Ethereum Sepolia');
      expect(await shown('Contract class hash')).toEqual([hash('1')]);
      expect(await shown('Schedule mode')).toEqual(['onchain']);
      expect(await shown('Schedule tx hash')).toEqual([hash('2')]);
      expect(await shown('Data source chains')).toEqual(['0x1', '0xbeef']);
      expect(await field(page, 'Data source chains').textContent()).toBe('Ethereum0x10xbeef');
      expect(await field(page, 'Data destination chain').textContent()).toBe('Starknet0x534e5f4d41494e');
      expect(await shown('HDP core program hash')).toEqual([hash('3')]);
      expect(await shown('Task hash')).toEqual([hash('4')]);
      expect(await shown('Program hash')).toEqual([hash('5')]);
      expect(await shown('Program name')).toEqual(['vault']);
      expect(await shown('Output tree root')).toEqual([hash('6')]);
      const times = ['Created at', 'Updated at'].map((name) => field(page, name).locator('time'));
      expect(await Promise.all(times.map((time) => time.getAttribute('datetime')))).toEqual([
        ...[task.createdAt, task.updatedAt],
      ]);
      await page.getByText('The task was imported, so the times of its stages are not known.').waitFor();
    }));

  it('shows the stages with their times, MMRs, inputs and output of a task that ended', () =>
    withPage(async (page) => {
      const uuid = await (await actor()).create(COMPLETED);
      await open(page, uuid);
      await page.locator('.step').nth(5).locator('time').nth(1).waitFor();
      expect(await page.locator('.step .step-name').allTextContents()).toEqual([
        ...[
          'Received',
          'Dry run',
          'Chain proofs fetch',
          'Trace gen',
          'Atlantic proving',
          'Task decommitment',
        ],
      ]);
      expect(await page.locator('.step-done').count()).toBe(6);
      expect(await page.locator('.step time').count()).toBe(11);
      const cells = await page.locator('.mmrs td').allTextContents();
      expect(cells.map((text) => text.replace('Copy', ''))).toEqual([
        ...['70', '0x5', '12,345', 'Ethereum0x1', 'poseidon'],
      ]);
      expect(await page.locator('.preimage bdi').allTextContents()).toEqual(['0x6', '0x7']);
      expect(await page.locator('.json').textContent()).toContain('block');
      await page.getByText('0x9', { exact: true }).waitFor();
    }));

  it('21: shows the whole error of a failed task before the first heading of details', () =>
    withPage(async (page) => {
      const message = `Line 1\n  line 2 ${'x'.repeat(9000)} end`;
      const failed = { to_status: 'DryRunFailed', error_message: message };
      const uuid = await (await actor()).create([COMPLETED[0] ?? {}, failed]);
      await open(page, uuid);
      const error = page.locator('.task-error pre');
      await error.waitFor();
      expect(await error.textContent()).toBe(message);
      expect(await page.locator('.failure').textContent()).not.toContain('Dry run failed');
      const isBefore = await error.evaluate((element) => {
        const heading = document.querySelector('h2');
        return heading && !!(element.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING);
      });
      expect(isBefore).toBe(true);
      expect(await error.evaluate((element) => getComputedStyle(element).userSelect)).not.toBe('none');
      expect(await error.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)).toBe(0);
    }));

  it('10: copies a whole hash on an http host', () =>
    withPage(
      async (page) => {
        const hash = `0x${'ab'.repeat(31)}`;
        await addHdpTasks(server().gateway.store, taskOf(2, { programHash: hash }));
        await page.goto(`${server().plainHdp}/?search=${ulid(2)}`);
        expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
        await page.getByRole('button', { name: `Copy the program hash of ${ulid(2)}` }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        const field = page.getByRole('searchbox');
        await field.fill('');
        await field.press('Control+V');
        expect(await field.inputValue()).toBe(hash);
      },
      { permissions: [] },
    ));

  it('10: holds the whole hash where the list shortens it', () =>
    withPage(async (page) => {
      const hash = `0x${'cd'.repeat(31)}`;
      await addHdpTasks(server().gateway.store, taskOf(3, { programHash: hash }));
      await page.goto(`${server().hdp}/?search=${ulid(3)}`);
      const value = page.locator('.program .id');
      await value.waitFor();
      expect(await value.textContent()).toBe(hash);
      expect(await value.getAttribute('title')).toBe(hash);
      expect(await value.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)).toBe(true);
    }));

  it('20: shows 1 MiB of inputs, 500 levels deep, only on demand, and saves them as they came', () =>
    withPage(async (page) => {
      const deep = `${'{"a":'.repeat(490)}1.0${'}'.repeat(490)}`;
      const inputs = `{"deep":${deep},"long":"${'y'.repeat(900_000)}","n":10000000000000000001}`;
      const body = `{"destination_chain_id":"0x1","input":{},"task_inputs":${inputs}}`;
      const uuid = await (await actor()).create([], body);
      await open(page, uuid);
      const show = page.getByRole('button', { name: 'Show the task inputs' });
      await show.waitFor();
      const length = () => page.evaluate(() => document.body.textContent.length);
      expect(await length()).toBeLessThan(100_000);
      await show.click();
      await page.getByText('10000000000000000001').waitFor();
      expect(await length()).toBeLessThan(100_000);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save the task inputs as it came' }).click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
      expect(Buffer.concat(chunks).toString()).toBe(inputs);
      expect(download.suggestedFilename()).toBe(`${uuid}-inputs.json`);
    }));

  it('says that there is no such task, and for another text that it is no uuid', () =>
    withPage(async (page) => {
      await open(page, ulid(999));
      await page.getByRole('heading', { name: 'There is no task with this uuid' }).waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(1);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      for (const id of ['abc', '%', '%E0%A4%A', '%3Cb%3E']) {
        await open(page, id);
        await page.getByRole('heading', { name: 'This is not the uuid of a task' }).waitFor();
      }
      expect(await page.locator('.notice bdi').textContent()).toBe('<b>');
      expect(asked.filter((url) => url.includes('/tasks'))).toEqual([]);
    }));
});
