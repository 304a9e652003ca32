// Test actions whose first process exits before it starts the action.
import { existsSync, writeFileSync } from 'node:fs';
import { mark } from './actions/mark.js';

const { EARLY_EXIT_MARKER: marker = '' } = process.env;
const isChild = process.send !== undefined;
if (isChild && !existsSync(marker)) {
  writeFileSync(marker, '');
  process.exit(1);
}

export const ACTIONS = [mark];
