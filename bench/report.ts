/** The results of a workload, and their Markdown. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** A line of the table of goals. */
export interface Goal {
  work: string;
  goal: string;
  measured: string;
  /** Undefined when it could not be measured. */
  met: boolean | undefined;
}

export interface Section {
  title: string;
  tables: Table[];
  notes: string[];
  goals: Goal[];
}

export function render(title: string, facts: Record<string, string>, sections: readonly Section[]): string {
  const goals = sections.flatMap((section) => section.goals);
  return [
    `# ${title}`,
    markdown({ head: ['what', 'value'], rows: Object.entries(facts) }),
    '## Goals',
    markdown({
      head: ['work', 'goal', 'measured', ''],
      rows: goals.map(({ work, goal, measured, met }) => [work, goal, measured, verdict(met)]),
    }),
    ...sections.flatMap(({ title: heading, tables, notes }) => [
      `## ${heading}`,
      ...tables.map(markdown),
      ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
    ]),
  ].join('\n\n');
}

const verdict = (met: boolean | undefined) =>
  met === undefined ? 'not measured' : met ? 'met' : '**missed**';

function markdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
    .map(line)
    .join('\n');
}
