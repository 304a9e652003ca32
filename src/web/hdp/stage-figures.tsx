import type { HdpFigures } from '../api-types.ts';
import { statusWords } from '../components/status-mark.tsx';
import { formatDuration } from '../lib/time.ts';
import { BarTable } from './bar-table.tsx';

type Stage = HdpFigures['stages'][number];

const durationWords = (seconds: number) => formatDuration(seconds * 1000);

/** How long each stage takes. */
export function StageFigures({ stages }: Pick<HdpFigures, 'stages'>) {
  return (
    <section aria-labelledby="durations">
      <h2 id="durations">Mean duration of each stage</h2>
      <p class="quiet">
        A pass is one run of a stage from its start to its end, completed or failed. Imported tasks have no
        times of their stages, so they are not counted.
      </p>
      <BarTable
        headings={['Stage', 'Passes', 'Mean']}
        rows={stages.map(({ stage, passes, meanSeconds }) => ({
          key: stage,
          name: statusWords(stage),
          numbers: [
            passes.toLocaleString('en'),
            meanSeconds === null ? 'Not known' : durationWords(meanSeconds),
          ],
          value: meanSeconds,
        }))}
      />
      {stages.map((stage) => (
        <Distribution key={stage.stage} stage={stage} />
      ))}
    </section>
  );
}

/** The passes of a stage by duration, from the shortest to the longest that occurs. */
function Distribution({ stage: { stage, distribution } }: { stage: Stage }) {
  if (distribution === null) return null;
  const isUsed = ({ passes }: { passes: number }) => passes > 0;
  const classes = distribution.slice(distribution.findIndex(isUsed), distribution.findLastIndex(isUsed) + 1);
  return (
    <details class="distribution">
      <summary>{statusWords(stage)}: passes by duration</summary>
      <p class="quiet">The upper limit of each row is twice that of the row before.</p>
      <BarTable
        headings={['Duration', 'Passes']}
        rows={classes.map(({ from, to, passes }) => ({
          key: from,
          name: limitWords(from, to),
          numbers: [passes.toLocaleString('en')],
          value: passes,
        }))}
      />
    </details>
  );
}

function limitWords(from: number, to: number | null): string {
  if (to === null) return `${durationWords(from)} or longer`;
  return from === 0 ? `Below ${durationWords(to)}` : `${durationWords(from)} to ${durationWords(to)}`;
}
