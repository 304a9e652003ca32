/** Writes pictures of the pages with the demo data to docs/screenshots/: light and dark, wide and narrow. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, hasBrowser, launchBrowser } from './support/chromium.ts';
import { DEMO_TOKEN, enterToken } from './support/sign-in.ts';

interface Picture {
  host: 'hdp' | 'services';
  name: string;
  path: string;
  /** Brings the page into the state of the picture. */
  prepare(page: Page): Promise<void>;
}

/** Waits for the first element of a selector. */
const shows = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();

/** Signs in with the token of the demo, and waits for the first element of a selector. */
const signedIn = (selector: string) => async (page: Page) => {
  await enterToken(page, DEMO_TOKEN);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.locator(selector).first().waitFor();
};

const PICTURES: readonly Picture[] = [
  { host: 'hdp', name: 'list', path: '/', prepare: shows('.table tbody tr') },
  { host: 'hdp', name: 'task', path: '/task/01JPJ03YJT1A93D6NF56G4GVEQ', prepare: shows('main .status') },
  { host: 'hdp', name: 'create', path: '/?view=create', prepare: shows('main form') },
  {
    host: 'hdp',
    name: 'figures',
    path: '/?view=figures&interval=day&buckets=400',
    prepare: shows('main svg'),
  },
  { host: 'hdp', name: 'docs', path: '/docs', prepare: shows('main h1') },
  { host: 'services', name: 'sign-in', path: '/', prepare: shows('main form') },
  { host: 'services', name: 'list', path: '/', prepare: signedIn('.table tbody tr') },
  { host: 'services', name: 'task', path: '/task/12345', prepare: signedIn('main .status') },
  { host: 'services', name: 'create', path: '/?view=create', prepare: signedIn('main form') },
  { host: 'services', name: 'docs', path: '/docs', prepare: shows('main h1') },
];

const SCHEMES = ['light', 'dark'] as const;
const VIEWPORTS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/screenshots');

/** Starts the demo on a free port, in memory. */
async function startDemo(): Promise<{ port: number; stop(): void }> {
  const env = { ...process.env, PORT: '0', DATABASE_URL: ':memory:' };
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli.js'), 'serve', '--demo'], {
    env,
    stdio: [...stdio],
  });
  if (!child.stdout) throw new Error('The server has no output.');
  for await (const line of createInterface(child.stdout)) {
    const port = /"port":(\d+)/.exec(line.includes('"listening"') ? line : '')?.[1];
    if (port) return { port: Number(port), stop: () => void child.kill() };
  }
  throw new Error('The server ended.');
}

async function take(browser: Browser, port: number): Promise<void> {
  for (const viewport of VIEWPORTS) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'UTC' });
      for (const { host, name, path, prepare } of PICTURES) {
        const page = await context.newPage();
        await page.goto(`http://${host}.localhost:${port}${path}`);
        await prepare(page);
        await page.screenshot({
          path: join(FOLDER, `${host}-${name}-${viewport.width}-${colorScheme}.png`),
          animations: 'disabled',
        });
        await page.close();
      }
      await context.close();
    }
  }
}

if (!hasBrowser) throw new Error(`There is no ${CHROMIUM} (apt-get install chromium).`);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const [browser, server] = await Promise.all([launchBrowser(), startDemo()]);
try {
  await take(browser, server.port);
  console.log(`${PICTURES.length * SCHEMES.length * VIEWPORTS.length} pictures are in docs/screenshots/.`);
} finally {
  await browser.close();
  server.stop();
}
