/** The figures of the Services API, an addition of this service: their schema and JSON. */
import { z } from 'zod';
import { MAX_ACTIONS } from '../db/model/figure-results.ts';
import { SERVICES_STATUSES } from '../db/model/statuses.ts';
import type { ServicesFigures } from '../db/queries/figures.ts';
import { asJsonText, type JsonText } from '../json-text.ts';
import { formatSeconds, toUnixSeconds } from '../time.ts';
import type { ServicesEnv } from './auth.ts';
import { accessLevel } from './schema.ts';

const count = z.int().min(0);

export const figures = z
  .strictObject({
    chain: z.int().meta({ description: 'The authenticated chain.' }),
    level: accessLevel,
    valid_until: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the credentials expire; null if they do not.' }),
    total: count.meta({ description: 'The number of all tasks of the chain.' }),
    statuses: z
      .strictObject(Object.fromEntries(SERVICES_STATUSES.map((status) => [status, count])))
      .meta({ id: 'StatusCounts', description: 'The number of tasks of each status.' }),
    actions: z
      .array(z.strictObject({ action: z.string(), total: count }).meta({ id: 'ActionCount' }))
      .meta({ description: `The number of tasks of each target.action, of at most ${MAX_ACTIONS} actions.` }),
    other_actions: count.meta({
      description: 'The number of tasks without a target.action, or with one that is not in actions.',
    }),
  })
  .meta({ id: 'Figures' });

type Access = Pick<ServicesEnv['Variables'], 'chain' | 'level' | 'validUntil'>;

/** Returns the JSON of the figures of a chain. */
export function toFiguresJson(
  { chain, level, validUntil }: Access,
  { total, statuses, actions, otherActions }: ServicesFigures,
): JsonText<z.infer<typeof figures>> {
  const until = validUntil === undefined ? null : formatSeconds(toUnixSeconds(validUntil));
  const json = { chain, level, valid_until: until, total, statuses, actions, other_actions: otherActions };
  return asJsonText(JSON.stringify(json));
}
