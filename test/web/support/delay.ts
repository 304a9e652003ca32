/** Delays the answers of a server, so that they arrive after another action of the reader. */
import type { Page } from 'playwright-core';

interface Delayed {
  /** Resolves when the server has answered the request. */
  answered(): Promise<void>;
  /** Lets the answer arrive, and waits until the page has processed it. */
  release(): Promise<void>;
}

/** Holds back the answer to the next request whose address contains a text. Call it when the page is open. */
export async function delayNext(page: Page, part: string): Promise<Delayed> {
  const held = await page.evaluateHandle((wanted) => {
    const original = window.fetch;
    const answered = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const processed = Promise.withResolvers<void>();
    let isHeld = false;
    window.fetch = async (...request) => {
      const isNext = !isHeld && String(request[0]).includes(wanted);
      if (isNext) isHeld = true;
      const response = await original(...request);
      if (!isNext) return response;
      // An aborted request must not fail while its body is read: a late answer is complete.
      const text = await response.text();
      answered.resolve();
      await released.promise;
      // Two frames later, the page has read the body and has drawn its effect.
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(processed.resolve)));
      const { status, headers } = response;
      return new Response(status === 304 ? null : text, { status, headers });
    };
    return { answered: answered.promise, release: released.resolve, processed: processed.promise };
  }, part);
  return {
    answered: () => held.evaluate(({ answered }) => answered),
    release: () =>
      held.evaluate(({ release, processed }) => {
        release();
        return processed;
      }),
  };
}
