import type { Page } from 'playwright-core';

/** Chooses a setting, such as `Time zone`, in the menu of the header. */
export async function chooseSetting(page: Page, label: 'Theme' | 'Time zone', value: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel(label).selectOption(value);
  await page.keyboard.press('Escape');
}
