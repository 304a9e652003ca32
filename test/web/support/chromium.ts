import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's chromium, or another one. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** False if the browser tests cannot run. `.ci/run` installs chromium. */
export const hasBrowser = existsSync(CHROMIUM);

/** Starts a browser. Headless chromium does not resolve names such as `hdp.localhost` without a rule. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP *.test 127.0.0.1'],
  });
