/**
 * Import rules. `npm run lint` checks them; type imports count as well.
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Modules must not import each other, directly or through others.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolved',
      comment:
        'Every import must lead to a module. Programs of tests import the build, which may be missing, and clients that tests generate.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/(dist|generated)/' },
    },
    {
      name: 'database-in-db-only',
      comment: 'Only src/db/ imports Drizzle or a database driver. All other code uses the Store.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/db/' },
      to: { path: 'node_modules/(better-sqlite3|drizzle-orm|pg)/' },
    },
    {
      name: 'apis-are-independent',
      comment: 'The Services API and the HDP API share code through src/http/ and src/db/ alone.',
      severity: 'error',
      from: { path: '^src/(services|hdp)/' },
      to: { path: '^src/(services|hdp)/', pathNot: '^src/$1/' },
    },
    {
      name: 'lib-has-no-domain-knowledge',
      comment: 'src/lib/ imports nothing of the rest of src/.',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/', pathNot: '^src/lib/' },
    },
    {
      name: 'model-is-free-of-sql',
      comment: 'src/db/model/ is what the dialects share: it imports no dialect and no driver.',
      severity: 'error',
      from: { path: '^src/db/model/' },
      to: { path: '^src/db/(sqlite|postgres)/|node_modules/(better-sqlite3|drizzle-orm|pg)/' },
    },
    {
      name: 'dialect-behind-open',
      comment:
        'src/db/open.ts picks the dialect, and errors.ts knows the errors of both; nothing else names one. The source of exports is an SQLite file whatever the dialect.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/db/((sqlite|postgres)/|(open|errors|export-source|demo-source)\\.ts$)',
      },
      to: { path: '^src/db/(sqlite|postgres)/' },
    },
    {
      name: 'dialects-are-independent',
      comment: 'The dialects share code through src/db/model/ and src/db/queries/ alone.',
      severity: 'error',
      from: { path: '^src/db/(sqlite|postgres)/' },
      to: { path: '^src/db/(sqlite|postgres)/', pathNot: '^src/db/$1/' },
    },
    ...downwards([
      ['the process', '^src/(cli|main|program|program-[a-z]+)\\.ts$'],
      ['commands', '^src/(commands|cluster)/'],
      ['the gateway', '^src/(index|gateway|gateway-[a-z]+|prepare-database)\\.ts$'],
      ['the app', '^src/app\\.ts$'],
      ['routers', '^src/(services|hdp)/router\\.ts$'],
      ['the database', '^src/db/'],
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The parser does not read JSX.
    exclude: { path: '^(bench/)?dist/|\\.tsx$' },
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};

/**
 * Returns a rule per layer: it imports nothing of the layers above it.
 * @param {[name: string, path: string][]} layers from top to bottom
 */
function downwards(layers) {
  return layers.slice(1).map(([name, path], index) => ({
    name: `imports-go-down-from-${name.replace(/^the /, '')}`,
    comment: `Imports go one way: ${layers.map(([layer]) => layer).join(' -> ')}.`,
    severity: 'error',
    from: { path },
    to: { path: layers.slice(0, index + 1).map(([, above]) => above) },
  }));
}
