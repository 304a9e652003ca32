import { LazyView } from '../components/lazy-view.tsx';

const load = () => import('./reference.tsx').then(({ Reference }) => Reference);

/** The API reference, in a chunk that other pages do not load. */
export const LazyReference = () => <LazyView load={load} name="the API reference" />;
