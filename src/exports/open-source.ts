import { setTimeout } from 'node:timers/promises';
import { type ExportSource, openExportSource } from '../db/export-source.ts';
import { SourceLockedError } from '../db/source-errors.ts';

export interface WaitOptions {
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Called once, when the source is locked and the waiting begins. */
  onWait?: (() => void) | undefined;
  /** How long to wait for a locked source, in milliseconds. */
  timeoutMs?: number;
}

/** Longer than a backup or a nightly load of a large source usually holds its lock. */
export const SOURCE_LOCK_TIMEOUT_MS = 60_000;

const RETRY_INTERVAL_MS = 250;

/**
 * Opens the source of exports; while it is locked, tries again.
 * @throws SourceLockedError when it is still locked after `timeoutMs`, SourceError, the signal's reason
 */
export async function openWhenUnlocked(
  url: string,
  { signal, onWait, timeoutMs = SOURCE_LOCK_TIMEOUT_MS }: WaitOptions,
): Promise<ExportSource> {
  const end = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return openExportSource(url);
    } catch (error) {
      if (!(error instanceof SourceLockedError) || performance.now() >= end) throw error;
      if (attempt === 1) onWait?.();
    }
    // The signal's own reason is thrown above.
    await setTimeout(RETRY_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
