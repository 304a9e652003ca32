import { HDP_STATUSES } from '../../db/model/statuses.ts';
import type { HdpFigures } from '../api-types.ts';
import { StatusMark } from '../components/status-mark.tsx';
import { RowBar } from './bars.tsx';

/** The number of tasks of each status, in the order of the stages. */
export function StatusFigures({ total, statuses }: Pick<HdpFigures, 'total' | 'statuses'>) {
  const counts = HDP_STATUSES.map((status) => ({ status, count: statuses[status] ?? 0 }));
  const max = Math.max(...counts.map(({ count }) => count));
  return (
    <section aria-labelledby="statuses">
      <h2 id="statuses">Tasks by status</h2>
      <div class="table row-bars">
        <table>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col" class="number">
                Tasks
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {counts.map(({ status, count }) => (
              <tr key={status}>
                <th scope="row">
                  <StatusMark status={status} />
                </th>
                <td class="number">{count.toLocaleString('en')}</td>
                <td>
                  <RowBar value={count} max={max} />
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">All tasks</th>
              <td class="number">{total.toLocaleString('en')}</td>
              <td />
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}
