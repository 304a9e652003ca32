import { expect, it } from 'vitest';
import { createServicesGroups, type ServicesListFields } from '../../../src/db/model/lists.ts';

const fields: ServicesListFields = { chain: 1, status: 'READY', action: null, campaign: null };

it('a task without an action is in other lists than one with the action "null"', () => {
  const groupOf = createServicesGroups();
  expect(groupOf(fields).lists).toEqual([
    '["services",1,null,null,null]',
    '["services",1,"READY",null,null]',
  ]);
  expect(groupOf({ ...fields, action: 'null' }).lists).toContain('["services",1,"READY","null",null]');
});

it('tasks of the same lists share one group', () => {
  const groupOf = createServicesGroups();
  expect(groupOf({ ...fields, action: 'x', campaign: 7 })).toBe(
    groupOf({ ...fields, action: 'x', campaign: 7 }),
  );
});
