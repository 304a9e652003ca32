import type { ComponentChildren } from 'preact';
import { RowBar } from './bars.tsx';

interface BarRow {
  key: string | number;
  name: ComponentChildren;
  numbers: readonly string[];
  /** Null if the value is not known; undefined for a row without a bar. */
  value?: number | null;
}

interface BarTableProps {
  /** The headings of the names and of each column of numbers. */
  headings: readonly [name: string, ...numbers: string[]];
  rows: readonly BarRow[];
}

/** A table of numbers with a bar at the end of each row. The longest bar has the largest value. */
export function BarTable({ headings: [name, ...numbers], rows }: BarTableProps) {
  const max = Math.max(...rows.map(({ value }) => value ?? 0));
  return (
    <div class="table row-bars">
      <table>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {numbers.map((heading) => (
              <th key={heading} scope="col" class="number">
                {heading}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.name}</th>
              {row.numbers.map((number, index) => (
                <td key={numbers[index]} class="number">
                  {number}
                </td>
              ))}
              <td>{row.value !== undefined && <RowBar value={row.value} max={max} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
