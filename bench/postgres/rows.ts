/** The columns that COPY fills, and the rows of the product's table of Services tasks. */
import { type HdpRow, type ServicesRow, type ServicesTask, toServicesRow } from '../tasks.ts';

/** The columns of the product's table of HDP tasks, without the id and the program. */
export const HDP_COLUMNS = [
  'uuid',
  'status',
  'destination_chain_id',
  'contract_class_hash',
  'schedule_mode',
  'schedule_tx_hash',
  'data_source_chains',
  'data_destination_chain',
  'hdp_core_program_hash',
  'task_hash',
  'program_hash',
  'program_name',
  'output_tree_root',
  'created_at',
  'updated_at',
] as const satisfies (keyof HdpRow)[];

export const PLAIN_HDP_COLUMNS = [
  ...HDP_COLUMNS,
  'folded_program_hash',
  'folded_program_name',
] as const satisfies (keyof HdpRow)[];

export const PLAIN_SERVICES_COLUMNS = [
  'id',
  'chain',
  'description',
  'status',
  'last_run_at',
  'modified_at',
  'created_at',
  'trigger',
  'target',
  'debug',
  'version',
  'result',
] as const satisfies (keyof ServicesRow)[];

export const SERVICES_COLUMNS = [...PLAIN_SERVICES_COLUMNS, 'action', 'campaign', 'due_at'] as const;

/** Converts a Services task to a row of the product's table, whose indexes cover fields of the target and the trigger. */
export function toProductServicesRow(task: ServicesTask) {
  const { action, campaign_id: campaignId, campaign } = task.target;
  return {
    ...toServicesRow(task),
    action,
    campaign: campaignId ?? campaign,
    due_at: Date.parse(String(task.trigger.once)),
  };
}
