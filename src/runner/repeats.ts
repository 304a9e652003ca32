/** The values of `trigger.repeat` (contract A4). Free of other modules, because the pages read it too. */
export const REPEATS = ['daily', 'weekly', 'monthly'] as const;

export type Repeat = (typeof REPEATS)[number];
