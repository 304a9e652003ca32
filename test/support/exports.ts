import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { ActionContext, ActionOutcome } from '../../src/actions/action.ts';
import { exportAction } from '../../src/actions/export.ts';
import { NOW } from './gateway.ts';

/** A valid rule: `city` is Köln. */
export const RULE = { field_name: 'city', field_type: 'keyword', operator: 'is', value: 'Köln' };

export const aSegment = (members: object = {}) => ({
  entity: 'people',
  index: 'users',
  join: 'all',
  chain_id: 1,
  rules: [RULE],
  ...members,
});

/** Returns the ids of the rows of a JSON export, in order. */
export const parseIds = (text: string): number[] => JSON.parse(text).map((row: { id: number }) => row.id);

export interface ExportOptions {
  chain?: number;
  trigger?: Record<string, unknown>;
  target?: Record<string, unknown>;
  context?: Partial<ActionContext>;
}

/** The file and log of an export, or its error. */
export interface ExportResult {
  outcome?: ActionOutcome;
  text: string;
  log: string[];
  error?: Error;
}

/** Creates an export source by SQL and a folder for files. Both are removed after the test. */
export async function createExports(sql: string) {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const sourceUrl = join(directory, 'source.db');
  const exportsDir = join(directory, 'exports');
  const sqlite = new Database(sourceUrl);
  sqlite.exec(sql);
  sqlite.close();
  let runs = 0;
  return {
    directory,
    sourceUrl,
    exportsDir,

    /** Runs task 7 of chain 1. Default: a JSON export of its users. */
    async run({
      chain = 1,
      trigger = {},
      target = {},
      context = {},
    }: ExportOptions = {}): Promise<ExportResult> {
      runs += 1;
      const log: string[] = [];
      const task = {
        id: 7,
        chain,
        trigger: { once: '2026-06-01T12:00:00Z', ...trigger },
        target: { action: 'export', export_index: 'users', export_format: 'json', ...target },
      };
      try {
        const outcome = await exportAction.run(task, {
          now: () => NOW,
          runId: `run${runs}`,
          exportsDir,
          exportSourceUrl: sourceUrl,
          log: (level, message) => log.push(`${level}: ${message}`),
          signal: new AbortController().signal,
          ...context,
        });
        const text = await readFile(join(context.exportsDir ?? exportsDir, outcome.file ?? ''), 'utf8');
        return { outcome, text, log };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { error, text: '', log };
      }
    },

    /** Returns the relative paths of all files in the folder of exports. */
    async files(): Promise<string[]> {
      const entries = await readdir(exportsDir, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(exportsDir.length + 1))
        .sort();
    },
  };
}

export type Exports = Awaited<ReturnType<typeof createExports>>;
