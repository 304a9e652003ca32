/**
 * Scope versions: each scope has a random number that is replaced in every transaction that changes data of the scope. A
 * response that was built from some scopes is current while the numbers of these scopes and of `all` are the same. Random,
 * because a counter that a restore sets back would reach numbers that were seen before.
 */

/** The data behind a response: the HDP tasks, the tasks of one chain, or credentials; `all` covers every scope. */
export type Scope = 'all' | 'hdp' | 'access' | `services ${number}`;

/** Returns the scope of a chain's Services tasks. */
export const servicesScope = (chain: number): Scope => `services ${chain}`;
