import type { HdpFigures } from '../api-types.ts';
import { ScrollBox } from '../components/scroll-box.tsx';
import { type Bar, Bars } from './bars.tsx';
import { bucketName } from './figures-state.ts';

type CreatedTasks = HdpFigures['created'];
type Bucket = CreatedTasks['buckets'][number];

const SERIES = [
  { key: 'total', name: 'Created' },
  { key: 'completed', name: 'Completed' },
  { key: 'failed', name: 'Failed' },
] as const;

/** Tasks by the hour or day of their creation. */
export function CreatedFigures({ created }: { created: CreatedTasks }) {
  const { interval, buckets } = created;
  return (
    <section aria-labelledby="created">
      <h2 id="created">Tasks created per {interval}, in UTC</h2>
      {sumOf(buckets, 'total') === 0 ? (
        <p>No tasks were created in this time.</p>
      ) : (
        <Created created={created} />
      )}
    </section>
  );
}

function Created({ created }: { created: CreatedTasks }) {
  const { interval } = created;
  return (
    <>
      <p class="quiet">
        “Completed” and “failed” count the tasks created in the {interval}. The current {interval} is not
        over: its bar is outlined.
      </p>
      <div class="figure-columns">
        <Charts created={created} />
        <ScrollBox as="section" class="table numbers" label={`Tasks created per ${interval}`}>
          <NumbersTable created={created} />
        </ScrollBox>
      </div>
    </>
  );
}

/** All charts have the same scale. */
function Charts({ created: { interval, buckets } }: { created: CreatedTasks }) {
  const max = Math.max(...buckets.map(({ total }) => total));
  const nameOf = ({ start }: Bucket) => bucketName(start, interval);
  const [first, last] = [buckets[0], buckets.at(-1)];
  return (
    <div>
      {SERIES.map(({ key, name }) => (
        <figure key={key} class="chart">
          <figcaption>
            {name}: {sumOf(buckets, key).toLocaleString('en')}
          </figcaption>
          <div class="chart-plot">
            <span class="chart-max">{max.toLocaleString('en')}</span>
            <Bars
              label={`${name} per ${interval}; the numbers are in the table`}
              bars={buckets.map((bucket) => barOf(bucket, key, nameOf(bucket)))}
              max={max}
            />
            <span class="chart-zero">0</span>
          </div>
        </figure>
      ))}
      <p class="chart-ends quiet">
        <span>{first && nameOf(first)}</span>
        <span>{last && `${nameOf(last)}, so far`}</span>
      </p>
    </div>
  );
}

function NumbersTable({ created: { interval, buckets } }: { created: CreatedTasks }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{interval === 'day' ? 'Day (UTC)' : 'Hour (UTC)'}</th>
          {SERIES.map(({ key, name }) => (
            <th key={key} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.toReversed().map((bucket) => (
          <tr key={bucket.start}>
            <th scope="row">
              <span class="bucket">{bucketName(bucket.start, interval)}</span>
              {!bucket.isOver && ' (so far)'}
            </th>
            {SERIES.map(({ key }) => (
              <td key={key} class="number">
                {bucket[key].toLocaleString('en')}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function barOf(bucket: Bucket, key: (typeof SERIES)[number]['key'], name: string): Bar {
  const value = bucket[key];
  const words = `${value.toLocaleString('en')}${bucket.isOver ? '' : ' so far'}`;
  return { name, value, words, isUnfinished: !bucket.isOver };
}

const sumOf = (buckets: readonly Bucket[], key: (typeof SERIES)[number]['key']) =>
  buckets.reduce((sum, bucket) => sum + bucket[key], 0);
