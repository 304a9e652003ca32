/** Loaded before the product: replaces its actions by one that does nothing, in the server and in its action processes. */
import { register } from 'node:module';

register('./no-operation-hooks.js', import.meta.url);
