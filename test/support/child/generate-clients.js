// Generates clients of the documents FOLDER/services.json and FOLDER/hdp.json into FOLDER/generated.
// Arguments: FOLDER, the URL of the Services API, the URL of the HDP API.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

const [folder = '', servicesUrl = '', hdpUrl = ''] = process.argv.slice(2);

// openapi-typescript uses the compiler API of TypeScript 5, which TypeScript 7 does not have. ts-morph brings one.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isCompiler = specifier === 'typescript' && context.parentURL?.includes('/openapi-typescript/');
    return nextResolve(isCompiler ? import.meta.resolve('./compiler-api.js') : specifier, context);
  },
});
const [{ default: openapiTypescript, astToString }, { generate }] = await Promise.all([
  import('openapi-typescript'),
  import('orval'),
]);

await mkdir(join(folder, 'generated/openapi-typescript'), { recursive: true });
for (const [name, url] of [
  ['services', servicesUrl],
  ['hdp', hdpUrl],
]) {
  const input = join(folder, `${name}.json`);
  const types = await openapiTypescript(JSON.parse(await readFile(input, 'utf8')));
  await writeFile(join(folder, `generated/openapi-typescript/${name}.ts`), astToString(types));
  await generate({
    input: { target: input },
    output: { target: join(folder, `generated/orval/${name}.ts`), client: 'fetch', baseUrl: url },
  });
}
