/** The actions that runners support. To add one, write its file and list it here. */
import type { Action } from './action.ts';
import { exportAction } from './export.ts';

export const ACTIONS: readonly Action[] = [exportAction];
