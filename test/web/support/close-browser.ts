/** Set-up of each test file of the project `web`: no browser outlives its file. */
import { afterAll } from 'vitest';
import { closeBrowser } from './browser.ts';

afterAll(closeBrowser);
