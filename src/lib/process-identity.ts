/** Distinguishes a process from a later process with the same pid. */
import { readFileSync } from 'node:fs';

/**
 * Returns a text that is unique among all processes of this machine: the boot id and the start time of the process. Returns
 * undefined if the process does not exist, or on a system without /proc.
 */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name of the program in parentheses, may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[START_TIME - 3];
    return startTime && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${startTime}`;
  } catch {
    return undefined;
  }
}

/** The field number of `starttime` in proc(5). Fields are numbered from 1. */
const START_TIME = 22;
