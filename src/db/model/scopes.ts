/**
 * Scope versions: every transaction that changes data of a scope gives the scope a new random number. A response is current
 * while the versions of its scopes and of `all` are unchanged. The numbers are random, because a counter would repeat
 * numbers after a restore.
 */

/** The data behind a response: the HDP tasks, the tasks of one chain, or credentials; `all` covers every scope. */
export type Scope = 'all' | 'hdp' | 'access' | `services ${number}`;

/** Returns the scope of a chain's Services tasks. */
export const servicesScope = (chain: number): Scope => `services ${chain}`;

/** Returns the chain of a scope; undefined for another scope. */
export function chainOfScope(scope: Scope): number | undefined {
  return scope.startsWith('services ') ? Number(scope.slice('services '.length)) : undefined;
}
