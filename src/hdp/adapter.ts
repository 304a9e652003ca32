import type { HdpTaskRow, NewHdpTask } from '../db/rows.ts';
import { asJsonText, type JsonText } from '../json-text.ts';
import { formatMicros, parseMicros } from '../time.ts';
import type { HdpTask } from './schema.ts';

/** Returns a row as the JSON of a task (contract B2). */
export function toTaskJson(row: HdpTaskRow): JsonText<HdpTask> {
  return asJsonText(
    `{"uuid":"${row.uuid}","status":"${row.status}","destinationChainId":${string(row.destinationChainId)},` +
      `"contractClassHash":${string(row.contractClassHash)},"scheduleMode":${string(row.scheduleMode)},` +
      `"scheduleTxHash":${string(row.scheduleTxHash)},"dataSourceChains":${row.dataSourceChains},` +
      `"dataDestinationChain":${string(row.dataDestinationChain)},` +
      `"hdpCoreProgramHash":${string(row.hdpCoreProgramHash)},"taskHash":${string(row.taskHash)},` +
      `"programHash":${string(row.programHash)},"programName":${string(row.programName)},` +
      `"outputTreeRoot":${string(row.outputTreeRoot)},"createdAt":"${formatMicros(row.createdAt)}",` +
      `"updatedAt":"${formatMicros(row.updatedAt)}"}`,
  );
}

/** Returns a valid task as a row. */
export function toTaskRow(task: HdpTask): NewHdpTask {
  return {
    ...task,
    dataSourceChains: task.dataSourceChains === null ? null : JSON.stringify(task.dataSourceChains),
    createdAt: micros(task.createdAt),
    updatedAt: micros(task.updatedAt),
  };
}

const string = (text: string | null) => JSON.stringify(text);

// The schema has already validated the time.
const micros = (text: string) => parseMicros(text) ?? Number.NaN;
