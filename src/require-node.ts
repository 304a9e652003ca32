/** Imported first, so that an unsupported version of Node.js is reported before better-sqlite3 is loaded. */
import { nodeVersionProblem } from './node-version.ts';

const problem = nodeVersionProblem();
if (problem !== undefined) throw new Error(problem);
