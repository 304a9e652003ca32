import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './command.ts';

/** A progress bar on stderr. */
export interface Progress {
  /** @param bytes read since the last call @param lines done in total */
  add(bytes: number, lines: number): void;
  stop(): void;
}

/**
 * Starts a progress bar over bytes. Shows nothing if stderr is no terminal.
 * @param size the total number of bytes; without it, the bar only counts lines
 */
export function startProgress(context: CommandContext, size: number | undefined): Progress {
  if (!context.stderr.isTTY) return { add: () => {}, stop: () => {} };
  const format =
    size === undefined ? '{lines} lines' : '{bar} {percentage}% | {lines} lines | {eta_formatted} left';
  const bar = new SingleBar(
    { format, stream: context.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(size ?? 0, 0, { lines: 0 });
  return { add: (bytes, lines) => bar.increment(bytes, { lines }), stop: () => bar.stop() };
}

/** A progress bar over tasks, on stderr. It appears with the first update. */
export interface TaskProgress {
  update(done: number, total: number): void;
  stop(): void;
}

/** Creates a progress bar over tasks. Shows nothing if stderr is no terminal. */
export function startTaskProgress(context: CommandContext): TaskProgress {
  if (!context.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const format = '{bar} {percentage}% | {value} of {total} tasks | {eta_formatted} left';
  const bar = new SingleBar(
    { format, stream: context.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  return {
    update: (done, total) => (bar.isActive ? bar.update(done) : bar.start(total, done)),
    stop: () => bar.stop(),
  };
}

/** A progress bar over the rows of all tables, on stderr. It appears with the first update. */
export interface TableProgress {
  update(done: number, total: number, table: string): void;
  stop(): void;
}

/** Creates a progress bar over rows. Shows nothing if stderr is no terminal. @param step what is done, such as `copying` */
export function startTableProgress(context: CommandContext, step: string): TableProgress {
  if (!context.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const format = '{bar} {percentage}% | {value} of {total} rows | {step} {table} | {eta_formatted} left';
  const bar = new SingleBar(
    { format, stream: context.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  return {
    update(done, total, table) {
      if (!bar.isActive) bar.start(total, 0, { step, table });
      bar.update(done, { step, table });
    },
    stop: () => bar.stop(),
  };
}
