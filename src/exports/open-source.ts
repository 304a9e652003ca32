import { setTimeout } from 'node:timers/promises';
import { type ExportSource, openExportSource } from '../db/export-source.ts';
import { SourceLockedError } from '../db/source-errors.ts';

export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** Called once, when the source is locked and the wait begins. */
  onWait?: (() => void) | undefined;
  /** How long to wait for a locked source. */
  timeoutMs?: number;
}

/** Longer than a backup or a nightly load usually locks a large source. */
export const SOURCE_LOCK_TIMEOUT_MS = 60_000;

const RETRY_INTERVAL_MS = 250;

/**
 * Opens the export source. Tries again while it is locked.
 * @throws SourceLockedError if it is still locked after `timeoutMs`, SourceError, or the signal's reason
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
    // If the signal is aborted, `throwIfAborted` throws its reason.
    await setTimeout(RETRY_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
