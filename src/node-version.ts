const MIN_MAJOR = 22;

/** Returns why this version of Node.js cannot run Taskgate: it would crash when it loads better-sqlite3. */
export function nodeVersionProblem({ node }: { node: string } = process.versions): string | undefined {
  if (Number.parseInt(node, 10) >= MIN_MAJOR) return undefined;
  return `Taskgate needs Node.js ${MIN_MAJOR}.12 or later, and this is ${node}.`;
}
