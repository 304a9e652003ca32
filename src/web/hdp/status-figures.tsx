import { HDP_STATUSES } from '../../db/model/statuses.ts';
import type { HdpFigures } from '../api-types.ts';
import { StatusMark } from '../components/status-mark.tsx';
import { BarTable } from './bar-table.tsx';

/** The number of tasks of each status, in the order of the stages. */
export function StatusFigures({ total, statuses }: Pick<HdpFigures, 'total' | 'statuses'>) {
  const rows = HDP_STATUSES.map((status) => {
    const count = statuses[status] ?? 0;
    return {
      key: status,
      name: <StatusMark status={status} />,
      numbers: [count.toLocaleString('en')],
      value: count,
    };
  });
  const sum = { key: 'all', name: 'All tasks', numbers: [total.toLocaleString('en')] };
  return (
    <section aria-labelledby="statuses">
      <h2 id="statuses">Tasks by status</h2>
      <BarTable headings={['Status', 'Tasks']} rows={[...rows, sum]} />
    </section>
  );
}
