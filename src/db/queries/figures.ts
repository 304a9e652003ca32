/** The figures of both APIs. Each one equals a count of the tasks, and none of them counts tasks when it is read. */
import type { Series } from '../model/figure-intervals.ts';
import type { HdpStage } from '../model/hdp-stages.ts';
import type { HdpStatus, ServicesStatus } from '../model/statuses.ts';

export interface HdpFigures {
  total: number;
  statuses: Record<HdpStatus, number>;
  /** The tasks created in each interval of the series, by their present status. */
  created: readonly CreatedTasks[];
  stages: readonly StageFigures[];
}

export interface CreatedTasks {
  /** Unix microseconds. */
  start: number;
  total: number;
  failed: number;
  /** Tasks whose last stage is completed. */
  completed: number;
}

/** How long a stage took in the passes whose start and end are known. */
export interface StageFigures {
  stage: HdpStage;
  passes: number;
  /** The sum of all durations. */
  micros: number;
  /** The number of passes in each duration bucket (db/model/figures.ts). */
  durations: readonly number[];
}

export interface ServicesFigures {
  total: number;
  statuses: Record<ServicesStatus, number>;
  /** At most `MAX_ACTIONS`, ordered by the bytes of their JSON text. */
  actions: readonly { action: string; total: number }[];
  /** The number of tasks with none of these actions. */
  otherActions: number;
}

export interface FigureQueries {
  hdp(series: Series): Promise<HdpFigures>;
  /** Returns the figures of one chain. */
  services(chain: number): Promise<ServicesFigures>;
}
