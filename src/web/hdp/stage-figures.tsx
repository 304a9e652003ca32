import type { HdpFigures } from '../api-types.ts';
import { statusWords } from '../components/status-mark.tsx';
import { formatDuration } from '../lib/time.ts';
import { RowBar } from './bars.tsx';

type Stage = HdpFigures['stages'][number];

const durationWords = (seconds: number) => formatDuration(seconds * 1000);

/** How long each stage takes. */
export function StageFigures({ stages }: Pick<HdpFigures, 'stages'>) {
  const max = Math.max(...stages.map(({ meanSeconds }) => meanSeconds ?? 0));
  return (
    <section aria-labelledby="durations">
      <h2 id="durations">Mean duration of each stage</h2>
      <p class="quiet">
        A pass is one run of a stage from its start to its end, completed or failed. Imported tasks have no
        times of their stages, so they are not counted.
      </p>
      <div class="table row-bars">
        <table>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col" class="number">
                Passes
              </th>
              <th scope="col" class="number">
                Mean
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {stages.map(({ stage, passes, meanSeconds }) => (
              <tr key={stage}>
                <th scope="row">{statusWords(stage)}</th>
                <td class="number">{passes.toLocaleString('en')}</td>
                <td class="number">{meanSeconds === null ? 'Not known' : durationWords(meanSeconds)}</td>
                <td>
                  <RowBar value={meanSeconds} max={max} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
  const max = Math.max(...classes.map(({ passes }) => passes));
  return (
    <details class="distribution">
      <summary>{statusWords(stage)}: passes by duration</summary>
      <p class="quiet">The upper limit of each row is twice that of the row before.</p>
      <div class="table row-bars">
        <table>
          <thead>
            <tr>
              <th scope="col">Duration</th>
              <th scope="col" class="number">
                Passes
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {classes.map(({ from, to, passes }) => (
              <tr key={from}>
                <th scope="row">{limitWords(from, to)}</th>
                <td class="number">{passes.toLocaleString('en')}</td>
                <td>
                  <RowBar value={passes} max={max} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function limitWords(from: number, to: number | null): string {
  if (to === null) return `${durationWords(from)} or longer`;
  return from === 0 ? `Below ${durationWords(to)}` : `${durationWords(from)} to ${durationWords(to)}`;
}
