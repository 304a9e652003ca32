import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './command.ts';

/** A progress bar on stderr. */
export interface Progress {
  /** @param bytes how many more were read @param lines how many lines were done in all */
  add(bytes: number, lines: number): void;
  stop(): void;
}

/**
 * Starts a progress bar, or nothing at all where stderr is no terminal.
 * @param size the bytes to come; without it the bar only counts
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
