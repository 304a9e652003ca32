/** What the stages of a task found: Merkle mountain ranges and the output. */
import { useState } from 'preact/hooks';
import type { HdpDetails } from '../api-types.ts';
import { Chain, Copied } from './values.tsx';

const ROWS_AT_ONCE = 100;

export function Mmrs({ mmrs }: Pick<HdpDetails, 'mmrs'>) {
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  return (
    <section aria-labelledby="mmrs">
      <h2 id="mmrs">Merkle mountain ranges{mmrs.length > 0 && ` (${mmrs.length})`}</h2>
      {mmrs.length === 0 ? (
        <p class="quiet">No Merkle mountain ranges are known.</p>
      ) : (
        <div class="table mmrs">
          <table>
            <thead>
              <tr>
                <th scope="col">Id</th>
                <th scope="col">Root</th>
                <th scope="col">Size</th>
                <th scope="col">Chain</th>
                <th scope="col">Hash function</th>
              </tr>
            </thead>
            <tbody>
              {mmrs.slice(0, shown).map(({ id, root, size, chain_id, hashing_function }, index) => (
                <tr key={`${index} ${id}`}>
                  <td>
                    <Copied value={id} label={`the id of range ${index + 1}`} isShort />
                  </td>
                  <td>
                    <Copied value={root} label={`the root of range ${index + 1}`} isShort />
                  </td>
                  <td class="number">{size.toLocaleString('en')}</td>
                  <td>
                    <Chain id={chain_id} />
                  </td>
                  <td>{hashing_function}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <More shown={shown} total={mmrs.length} onMore={() => setShown(shown + ROWS_AT_ONCE)} />
    </section>
  );
}

export function OutputPreimage({ values }: { values: readonly string[] | null }) {
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  return (
    <section aria-labelledby="preimage">
      <h2 id="preimage">Output preimage{values !== null && ` (${values.length})`}</h2>
      {values === null && <p class="quiet">Not known.</p>}
      {values?.length === 0 && <p class="quiet">The output is empty.</p>}
      {values !== null && values.length > 0 && (
        <ol class="preimage">
          {values.slice(0, shown).map((value, index) => (
            // Values repeat, and the order is the identity.
            <li key={index}>
              <Copied value={value} label={`value ${index + 1}`} />
            </li>
          ))}
        </ol>
      )}
      <More shown={shown} total={values?.length ?? 0} onMore={() => setShown(shown + ROWS_AT_ONCE)} />
    </section>
  );
}

function More({ shown, total, onMore }: { shown: number; total: number; onMore(): void }) {
  if (shown >= total) return null;
  return (
    <p>
      <button type="button" onClick={onMore}>
        Show {Math.min(total - shown, ROWS_AT_ONCE)} more of {total}
      </button>
    </p>
  );
}
