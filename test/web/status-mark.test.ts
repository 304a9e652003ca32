/** Requirement 22: each status has its word and a shape that needs no colour. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { HDP_STATUSES, SERVICES_STATUSES } from '../../src/db/model/statuses.ts';
import { shapeOf, statusWords } from '../../src/web/components/status-mark.tsx';
import { addHdpTasks } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { contrast } from './support/contrast.ts';
import { decodePng, greyOf } from './support/pixels.ts';
import { useWebServer } from './support/server.ts';

const SHAPES = ['waiting', 'running', 'done', 'failed'] as const;

describe('a status (22)', () => {
  it('has words of its own', () => {
    expect(new Set(HDP_STATUSES.map(statusWords)).size).toBe(16);
    expect(new Set(SERVICES_STATUSES.map(statusWords)).size).toBe(4);
    expect(statusWords('ChainProofsFetchStarted')).toBe('Chain proofs fetch started');
    expect(statusWords('INPROGRESS')).toBe('INPROGRESS');
  });

  it.each([
    ['waiting', ['Received'], ['READY']],
    ['done', ['TaskDecommitmentCompleted'], ['DONE']],
    [
      'failed',
      [
        'DryRunFailed',
        'ChainProofsFetchFailed',
        'TraceGenFailed',
        'AtlanticProvingFailed',
        'TaskDecommitmentFailed',
      ],
      ['ERROR'],
    ],
  ] as const)('has the shape %s', (shape, hdp, services) => {
    expect(HDP_STATUSES.filter((status) => shapeOf(status) === shape)).toEqual(hdp);
    expect(SERVICES_STATUSES.filter((status) => shapeOf(status) === shape)).toEqual(services);
  });

  it('has the shape of a running task otherwise', () => {
    expect(HDP_STATUSES.filter((status) => shapeOf(status) === 'running')).toHaveLength(9);
    expect(SERVICES_STATUSES.filter((status) => shapeOf(status) === 'running')).toEqual(['INPROGRESS']);
  });
});

const colourOf = (page: Page, selector: string, property: 'color' | 'backgroundColor') =>
  page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element)[name], property);

describe.skipIf(!hasBrowser)('the statuses on a page (22)', () => {
  const server = useWebServer();
  const open = async (page: Page) => {
    const tasks = HDP_STATUSES.map((status, index) => anHdpTask({ uuid: ulid(index + 1), status }));
    await addHdpTasks(server().gateway.store, ...tasks);
    await page.goto(`${server().hdp}/?size=100`);
    await page.locator('tbody .shape-failed').first().waitFor();
  };

  it('are all there in words', () =>
    withPage(async (page) => {
      await open(page);
      const words = await page.locator('tbody .status').allTextContents();
      expect(words.sort()).toEqual(HDP_STATUSES.map(statusWords).sort());
    }));

  it.each(['light', 'dark'] as const)('have the contrast of WCAG 2.2 in the %s theme', (colorScheme) =>
    withPage(
      async (page) => {
        await open(page);
        // The darker of both grounds in the light theme, the lighter one in the dark theme.
        await page.locator('tbody tr').first().hover();
        const ground = await colourOf(page, 'tbody tr', 'backgroundColor');
        expect(ground).not.toBe('rgba(0, 0, 0, 0)');
        for (const shape of SHAPES) {
          const mark = await colourOf(page, `.shape-${shape}`, 'color');
          expect(contrast(mark, ground), `${shape} ${mark} ${ground}`).toBeGreaterThanOrEqual(3);
        }
        expect(contrast(await colourOf(page, 'tbody .status', 'color'), ground)).toBeGreaterThanOrEqual(4.5);
      },
      { colorScheme },
    ),
  );

  it.each([
    ['in grey', {}],
    ['in grey, in the dark theme', { colorScheme: 'dark' }],
    ['with forced colours', { forcedColors: 'active' }],
    ['with forced colours, in the dark theme', { forcedColors: 'active', colorScheme: 'dark' }],
  ] as const)('differ %s', (_, options) =>
    withPage(
      async (page) => {
        await open(page);
        const greys: number[][] = [];
        for (const shape of SHAPES) {
          const png = await page.locator(`.shape-${shape}`).first().screenshot();
          greys.push(greyOf(await decodePng(page, png)));
        }
        for (const [index, one] of greys.entries()) {
          for (const other of greys.slice(index + 1)) {
            const differing = one.filter((grey, place) => Math.abs(grey - (other[place] ?? 0)) > 60);
            expect(differing.length / one.length).toBeGreaterThan(0.08);
          }
        }
      },
      { deviceScaleFactor: 2, ...options },
    ),
  );
});
