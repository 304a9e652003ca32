/** Tests of the packed tarball in a project that installs it. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Project, ts } from 'ts-morph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPage } from './support/documentation.ts';

const ROOT = join(import.meta.dirname, '..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** A program that serves the demo data on a free port. */
const PROGRAM = `
const gateway: Gateway = await createGateway({ demo: true });
const { port }: { port: number } = await gateway.listen();
const list = await gateway.fetch('http://hdp.localhost/tasks?hdp_tasks_per_page=1');
const { tasks }: { tasks: HdpTask[] } = await list.json();
const response = await fetch(\`http://127.0.0.1:\${port}/is-alive\`);
console.log(response.status, tasks.length, await gateway.store.hdpTasks.isEmpty());
await gateway.close();
`;
const TYPESCRIPT = `import { createGateway, type Gateway, type HdpTask } from 'taskgate';${PROGRAM}`;
/** The same without types. */
const JAVASCRIPT = `import { createGateway } from 'taskgate';${PROGRAM.replace(/: (Gateway|\{ \w+: [^}]*\})/g, '')}`;
const OUTPUT = '200 1 false\n';

describe('the packed package, in an empty project', () => {
  let project: string;
  let files: string[];

  /** Runs a program in the project. @returns its output @throws Error with its output if it fails */
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', timeout: 30_000 });

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'taskgate-'));
    const modules = join(project, 'node_modules');
    const installed = join(modules, 'taskgate');
    mkdirSync(installed, { recursive: true });
    // Without scripts, because prepare would delete the build that other tests run.
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
    execFileSync('npm', pack, { cwd: ROOT, stdio: 'pipe' });
    const [tarball = ''] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', join(project, tarball), '-C', installed, '--strip-components=1']);
    files = execFileSync('tar', ['-tzf', join(project, tarball)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const manifest: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    );
    // The dependencies come from this folder, so that nothing is downloaded.
    for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
    writeFileSync(join(project, 'serve.ts'), TYPESCRIPT);
    writeFileSync(join(project, 'serve.mjs'), JAVASCRIPT);
  });
  afterAll(() => rmSync(project, { recursive: true }));

  it('serves from an ES module', () => {
    expect(run('serve.mjs')).toBe(OUTPUT);
  });

  it('can be loaded with require', () => {
    const source = JAVASCRIPT.replace(/import (\{.*\}) from '(.*)';/, "const $1 = require('$2');");
    writeFileSync(join(project, 'serve.cjs'), `(async () => {${source}})();`);
    expect(run('serve.cjs')).toBe(OUTPUT);
  });

  it('has types for moduleResolution nodenext', () => {
    const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--types', 'node'];
    run(TSC, ...options, '--skipLibCheck', '--outDir', 'compiled', 'serve.ts');
    expect(run('compiled/serve.js')).toBe(OUTPUT);
  });

  it('has types for moduleResolution node10', () => {
    const sources = { right: TYPESCRIPT, wrong: TYPESCRIPT.replace('demo: true', 'dmeo: true') };
    expect(problemsWith(ts.ModuleResolutionKind.Node10, sources)).toEqual([
      expect.stringMatching(/^wrong\.ts: .*'dmeo'/),
    ]);
  });

  /** Returns the compiler errors of files in the project, and of the files of the package that they use. */
  function problemsWith(
    moduleResolution: ts.ModuleResolutionKind,
    sources: Record<string, string>,
  ): string[] {
    const compiler = new Project({
      compilerOptions: {
        moduleResolution,
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        strict: true,
        types: ['node'],
        typeRoots: [join(project, 'node_modules/@types')],
        ignoreDeprecations: '6.0',
      },
    });
    for (const [name, source] of Object.entries(sources)) {
      compiler.createSourceFile(join(project, `${name}.ts`), source);
    }
    const program = compiler.getProgram().compilerObject;
    const ours = ['wrong.ts', 'right.ts', 'node_modules/taskgate/'].map((path) => join(project, path));
    return program
      .getSourceFiles()
      .filter(({ fileName }) => ours.some((path) => fileName.startsWith(path)))
      .flatMap((file) => program.getSemanticDiagnostics(file))
      .map(({ file, messageText }) => {
        const text = ts.flattenDiagnosticMessageText(messageText, '\n');
        return `${relative(project, file?.fileName ?? '')}: ${text}`;
      });
  }

  it('is installed without development dependencies as documented', () => {
    const [, prune = ''] = /npm run build && npm (prune .*)/.exec(readPage('docs/operations.md')) ?? [];
    const removed = execFileSync('npm', [...prune.split(' '), '--dry-run'], { cwd: ROOT, encoding: 'utf8' });
    expect(removed).toMatch(/^remove vitest /m);
    expect(removed).not.toMatch(/^remove hono /m);
  });

  it('has an executable program', () => {
    const cli = join(project, 'node_modules/taskgate/dist/cli.js');
    expect(statSync(cli).mode & 0o111).toBe(0o111);
    expect(execFileSync(cli, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('contains the build with the pages, the migrations, the seeds and the documents, and nothing else', () => {
    const others = files.filter(
      (file) =>
        !/^package\/(dist\/.*\.(js|d\.ts)|dist\/(hdp|services)\/openapi-examples\.json|dist\/web\/((hdp|services|not-found)\.html|ui\/[\w.-]+\.(css|js|svg))|drizzle\/(sqlite|postgres)\/(\d+_\w+\.sql|meta\/_journal\.json)|seeds\/[\w-]+\.json|docs\/[\w-]+\.md)$/.test(
          file,
        ),
    );
    expect(files).toContain('package/dist/web/hdp.html');
    expect(others.sort()).toEqual(['package/CHANGELOG.md', 'package/README.md', 'package/package.json']);
  });
});
