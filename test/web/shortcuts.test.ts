/** Keys of the pages (section 4), which a setting turns off (WCAG 2.1.4). */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createKeySequence } from '../../src/web/lib/key-sequence.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';

const KNOWN = ['r', 'l', 'g l', 'g d'];

describe('a sequence of keys', () => {
  it.each([
    [['r'], ['r']],
    [['l'], ['l']],
    [['g', 'l'], ['g l']],
    [
      ['g', 'l', 'l'],
      ['g l', 'l'],
    ],
    [['g', 'g', 'd'], ['g d']],
    [['g', 'r'], ['r']],
    [
      ['g', 'r', 'l'],
      ['r', 'l'],
    ],
  ])('%j has the actions %j', (keys, actions) => {
    const next = createKeySequence();
    expect(keys.map((key, index) => next(key, index * 100, KNOWN)).filter(Boolean)).toEqual(actions);
  });

  it('ends after a while', () => {
    const next = createKeySequence();
    next('g', 0, KNOWN);
    expect(next('l', 1500, KNOWN)).toBe('l');
    next('g', 2000, KNOWN);
    expect(next('l', 3499, KNOWN)).toBe('g l');
  });
});

const isHelpOpen = (page: Page) => page.locator('dialog[open]').isVisible();

describe.skipIf(!hasBrowser)('the keys of a page', () => {
  const server = useWebServer({ demo: true });
  const open = async (page: Page, path = '/') => {
    await page.goto(server().hdp + path);
    await page.locator('tbody tr').first().waitFor();
  };

  it('go to pages, pause and refresh', () =>
    withPage(async (page) => {
      await open(page, '/?size=10');
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Pause' }).waitFor();
      const refreshed = page.waitForRequest(/\/tasks\?/);
      await page.keyboard.press('r');
      await refreshed;
      await page.keyboard.press(']');
      await expect.poll(() => page.url()).toContain('page=2');
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      await expect.poll(() => page.url()).toBe(`${server().hdp}/`);
      await page.keyboard.press('g');
      await page.keyboard.press('d');
      await expect.poll(() => page.url()).toBe(`${server().hdp}/docs`);
      // The focus is in the new page.
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    }));

  it('show the help, in which no other key acts', () =>
    withPage(async (page) => {
      await open(page);
      await page.keyboard.press('?');
      await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
      await page.keyboard.press('p');
      await page.keyboard.press('g');
      await page.keyboard.press('d');
      expect(page.url()).toBe(`${server().hdp}/`);
      await page.keyboard.press('Escape');
      await expect.poll(() => isHelpOpen(page)).toBe(false);
      expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    }));

  it('are text in a field', () =>
    withPage(async (page) => {
      await open(page);
      await page.keyboard.press('/');
      await page.keyboard.type('gl?pr/');
      expect(await page.getByRole('searchbox').inputValue()).toBe('gl?pr/');
      expect(await isHelpOpen(page)).toBe(false);
    }));

  it('belong to the browser with Ctrl, Alt or Meta', () =>
    withPage(async (page) => {
      await open(page);
      for (const key of ['Control+p', 'Alt+p', 'Meta+p']) await page.keyboard.press(key);
      expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    }));

  it('can be turned off, and stay off', () =>
    withPage(async (page) => {
      await open(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog').getByLabel('Use single keys as shortcuts').uncheck();
      await page.keyboard.press('Escape');
      for (const isReloaded of [false, true]) {
        if (isReloaded) await open(page);
        for (const key of ['?', 'p', 'g', 'd']) await page.keyboard.press(key);
        expect(await isHelpOpen(page)).toBe(false);
        expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
        expect(page.url()).toBe(`${server().hdp}/`);
      }
    }));
});
