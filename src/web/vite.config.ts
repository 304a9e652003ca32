/** Builds the pages into static files: one HTML file per API, and hashed files under `ui/`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Adds a script that runs before the first paint, so that a dark page does not begin white. */
function themeScript(): Plugin {
  return {
    name: 'theme-script',
    buildStart() {
      const source = readFileSync(fileOf('lib/theme-script.js'), 'utf8');
      this.emitFile({ type: 'asset', name: 'theme.js', source });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const file = Object.keys(bundle ?? {}).find((name) => name.startsWith('ui/theme-'));
        if (!file) throw new Error('The theme script was not emitted.');
        return [{ tag: 'script', attrs: { src: `/${file}` }, injectTo: 'head-prepend' }];
      },
    },
  };
}

/** The titles of the pages by API. Each page is `page.html` with its title and its scripts. */
const TITLES = new Map([
  ['hdp', 'HDP tasks'],
  ['services', 'Services tasks'],
]);

const pageFile = (api: string) => fileOf(`${api}.html`);

/** Makes an HTML file per API. */
function pages(): Plugin {
  const apis = new Map([...TITLES.keys()].map((api) => [pageFile(api), api]));
  return {
    name: 'pages',
    resolveId: (id) => (apis.has(id) ? id : undefined),
    load(id) {
      const api = apis.get(id);
      if (api === undefined) return undefined;
      const html = readFileSync(fileOf('page.html'), 'utf8');
      return html.replaceAll('%API%', api).replaceAll('%TITLE%', TITLES.get(api) ?? '');
    },
  };
}

export default defineConfig({
  root: fileOf('.'),
  publicDir: false,
  logLevel: 'warn',
  plugins: [pages(), themeScript()],
  build: {
    outDir: fileOf('../../.build/web'),
    emptyOutDir: true,
    target: 'es2022',
    // These have light-dark(). A replacement would not follow a theme that a script sets.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    // Inline scripts are forbidden by the Content-Security-Policy.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: [...[...TITLES.keys()].map(pageFile), fileOf('not-found.html')],
      output: {
        entryFileNames: 'ui/[name]-[hash].js',
        chunkFileNames: 'ui/[name]-[hash].js',
        assetFileNames: 'ui/[name]-[hash][extname]',
      },
    },
  },
});
