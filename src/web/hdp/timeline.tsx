import type { HdpDetails, HdpTransitions } from '../api-types.ts';
import { ShapeIcon, statusWords } from '../components/status-mark.tsx';
import { Age, Time } from '../components/time.tsx';
import { formatDuration } from '../lib/time.ts';
import { type Attempt, durationOf, type Step, toAttempts } from './attempts.ts';

interface TimelineProps {
  task: HdpDetails;
  /** Undefined until they are loaded. */
  transitions: HdpTransitions | undefined;
}

export function Timeline({ task, transitions }: TimelineProps) {
  const attempts = toAttempts(task.status, task.createdAt, transitions?.state_transitions ?? []);
  const current = attempts.at(-1) ?? [];
  const former = attempts.slice(0, -1);
  return (
    <section aria-labelledby="progress">
      <h2 id="progress">Progress</h2>
      <Steps steps={current} />
      {transitions?.state_transitions.length === 0 && (
        <p class="quiet">The task was imported, so the times of its stages are not known.</p>
      )}
      {former.map((steps, index) => (
        <details key={steps[0]?.startedAt}>
          <summary>
            Attempt {index + 1} of {attempts.length}
          </summary>
          <Steps steps={steps} />
        </details>
      ))}
    </section>
  );
}

function Steps({ steps }: { steps: Attempt }) {
  return (
    <ol class="timeline">
      {steps.map((step) => (
        <li key={step.name} class={`step step-${step.state}`}>
          <ShapeIcon shape={step.state} />
          <span class="step-name">{statusWords(step.name)}</span>
          <StepTimes step={step} />
        </li>
      ))}
    </ol>
  );
}

const OUTCOMES = { waiting: 'Not started', running: 'Running', done: 'Completed', failed: 'Failed' } as const;

function StepTimes({ step }: { step: Step }) {
  const { name, state, startedAt, endedAt } = step;
  const duration = durationOf(step);
  if (name === 'Received') return <span class="step-times">{startedAt && <Time value={startedAt} />}</span>;
  return (
    <span class="step-times">
      <span>
        {OUTCOMES[state]}
        {duration !== undefined && ` after ${formatDuration(duration)}`}
      </span>
      {startedAt !== undefined && (
        <span>
          Started <Time value={startedAt} />
          {state === 'running' && (
            <>
              {' ('}
              <Age time={Date.parse(startedAt)} />)
            </>
          )}
        </span>
      )}
      {endedAt !== undefined && (
        <span>
          Ended <Time value={endedAt} />
        </span>
      )}
    </span>
  );
}
