import type { Page } from 'playwright-core';

/** Returns the fields, buttons and links outside of sentences that are smaller than 24 px (WCAG 2.5.8). */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, select, input, textarea, summary, a:not(.skip-link)')]
      .filter((element) => element.checkVisibility() && !element.closest('dialog:not([open])'))
      .filter((element) => {
        const text = element.textContent.trim();
        return element.tagName !== 'A' || element.parentElement?.textContent.trim() === text;
      })
      .filter((element) => {
        const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
        return width < 24 || height < 24;
      })
      .map((element) => element.outerHTML.slice(0, 100)),
  );
