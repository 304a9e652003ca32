/** Preloaded into the server and its action processes: replaces the product's actions with a no-op. */
import { register } from 'node:module';

register('./no-operation-hooks.js', import.meta.url);
