/** Requirement 10: Copy works on hosts without https and in dialogs, or says that it could not. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';

const PERMISSIONS = { permissions: ['clipboard-read', 'clipboard-write'] };

const copyButton = (page: Page) => page.locator('tbody .copy').first();

/** Returns the clipboard as a paste into the search field shows it. */
async function paste(page: Page): Promise<string> {
  const field = page.getByRole('searchbox');
  await field.fill('');
  await field.press('Control+v');
  return field.inputValue();
}

describe.skipIf(!hasBrowser)('Copy (10)', () => {
  const server = useWebServer({ demo: true });

  it.each(['hdp', 'plainHdp'] as const)('copies the whole id on the host %s', (host) =>
    withPage(
      async (page) => {
        await page.goto(server()[host]);
        await copyButton(page).waitFor();
        expect(await page.evaluate(() => isSecureContext)).toBe(host === 'hdp');
        const id = await page.locator('tbody .id').first().textContent();
        const scroll = await page.evaluate(() => scrollY);
        await copyButton(page).click();
        await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
        expect(await copyButton(page).getAttribute('aria-label')).toBe('Copied');
        expect(await copyButton(page).evaluate((button) => button === document.activeElement)).toBe(true);
        expect(await page.evaluate(() => scrollY)).toBe(scroll);
        expect(await paste(page)).toBe(id);
        await expect.poll(() => copyButton(page).getAttribute('aria-label')).toBe(`Copy the id ${id}`);
      },
      host === 'hdp' ? PERMISSIONS : {},
    ),
  );

  it('copies in a dialog on a host without https', () =>
    withPage(async (page) => {
      await page.goto(server().plainHdp);
      await copyButton(page).waitFor();
      const id = await page.locator('tbody .id').first().textContent();
      await page.getByRole('button', { name: 'Help' }).click();
      await copyButton(page).evaluate((button) => document.querySelector('dialog')?.append(button));
      await page.locator('dialog .copy').click();
      await expect.poll(() => page.locator('dialog .copy').getAttribute('aria-label')).toBe('Copied');
      await page.keyboard.press('Escape');
      expect(await paste(page)).toBe(id);
    }));

  it('says that it could not', () =>
    withPage(async (page) => {
      await page.addInitScript(() => {
        document.execCommand = () => false;
      });
      await page.goto(server().plainHdp);
      await copyButton(page).click();
      await page.getByText('Could not copy').first().waitFor();
      await page.getByRole('status').filter({ hasText: 'Could not copy' }).waitFor({ state: 'attached' });
    }));
});
