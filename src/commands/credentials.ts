import { parseSeconds } from '../time.ts';
import { type CommandContext, CommandError } from './command.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Returns a new public id, without a colon. */
export const newId = (context: CommandContext) => context.randomBytes(9).toString('hex');

/** Returns a new secret of 256 bits. */
export const newSecret = (context: CommandContext) => context.randomBytes(32).toString('base64url');

/**
 * Parses the option `--expires`.
 * @param text a duration from now (`90s`, `15m`, `12h`, `30d`), or a time in ISO 8601 with a zone
 * @returns Unix milliseconds
 * @throws CommandError if the text is neither, or the time is not in the future
 */
export function parseExpiry(text: string, now: number): number {
  const expiresAt = parseDurationOrTime(text, now);
  if (expiresAt === undefined || Number.isNaN(new Date(expiresAt).getTime())) {
    throw new CommandError(
      `--expires takes a duration like 12h or 30d, or a time like 2027-01-31T00:00:00Z, not "${text}".`,
    );
  }
  if (expiresAt <= now) throw new CommandError(`--expires must be in the future; "${text}" is not.`);
  return expiresAt;
}

function parseDurationOrTime(text: string, now: number): number | undefined {
  const duration = /^(\d{1,9})([smhd])$/.exec(text);
  const unit = Object.entries(UNITS).find(([name]) => name === duration?.[2])?.[1];
  if (duration && unit !== undefined) return now + Number(duration[1]) * unit;
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  // Date.parse accepts 30 February.
  const isDay = parseSeconds(`${text.slice(0, 10)}T00:00:00Z`) !== undefined;
  return isTime && isDay ? Date.parse(text) : undefined;
}

/** Returns the state of a credential and its times in ISO 8601, for the output of the `list` commands. */
export function toCredentialStatus(
  credential: { createdAt: number; expiresAt: number | null; revokedAt: number | null },
  now: number,
) {
  const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  const expired = credential.expiresAt !== null && credential.expiresAt <= now;
  return {
    state: credential.revokedAt !== null ? 'revoked' : expired ? 'expired' : 'active',
    created: iso(credential.createdAt),
    expires: iso(credential.expiresAt),
    revoked: iso(credential.revokedAt),
  };
}
