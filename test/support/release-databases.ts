/** Set-up of each test file of the project `postgres`. */
import { afterAll } from 'vitest';
import { releaseDatabasesOfFile } from './postgres-databases.ts';

afterAll(releaseDatabasesOfFile);
