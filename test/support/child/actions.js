// Actions of the tests for `work.js`.
import { count } from './actions/count.js';
import { crash } from './actions/crash.js';
import { die } from './actions/die.js';
import { mark } from './actions/mark.js';
import { spin } from './actions/spin.js';

export const ACTIONS = [count, crash, die, mark, spin];
