/** Bars as SVG. A table next to a chart has its numbers, so that the chart is an image with a name. */

export interface Bar {
  /** Names the bar in its tooltip. */
  name: string;
  /** Null if it is not known: the bar is hatched over its whole height. */
  value: number | null;
  /** The value in words. */
  words: string;
  /** True if the value can still grow. */
  isUnfinished?: boolean;
}

interface BarsProps {
  /** Describes the chart. */
  label: string;
  bars: readonly Bar[];
  /** The value of the full height. 0 is drawn as nothing. */
  max: number;
}

const HEIGHT = 100;
const STEP = 10;
const GAP = 2;

/** Vertical bars of the same width, without gaps in the series. */
export function Bars({ label, bars, max }: BarsProps) {
  const width = bars.length * STEP;
  return (
    <svg
      class="bars"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {bars.map(({ name, value, words, isUnfinished = false }, index) => {
        const height = value === null ? HEIGHT : max === 0 ? 0 : (value / max) * HEIGHT;
        return (
          <g key={name}>
            <title>{`${name}: ${words}`}</title>
            <rect class="bar-space" x={index * STEP} y={0} width={STEP} height={HEIGHT} />
            <rect
              class={barClass(value, isUnfinished)}
              x={index * STEP + GAP / 2}
              y={HEIGHT - height}
              width={STEP - GAP}
              height={height}
            />
          </g>
        );
      })}
    </svg>
  );
}

/** One horizontal bar in the row of a table. */
export function RowBar({ value, max }: { value: number | null; max: number }) {
  const width = value === null ? 100 : max === 0 ? 0 : (value / max) * 100;
  return (
    <svg class="row-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class={barClass(value, false)} x={0} y={0} width={width} height={10} />
    </svg>
  );
}

function barClass(value: number | null, isUnfinished: boolean): string {
  if (value === null) return 'bar bar-unknown';
  return isUnfinished ? 'bar bar-unfinished' : 'bar';
}

/** The hatch of what is not known. A page has it once, for all bars. */
export const Hatch = () => (
  <svg class="visually-hidden" aria-hidden="true">
    <defs>
      <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-line" width="1.2" height="4" />
      </pattern>
    </defs>
  </svg>
);
