/** Vite moves the styles that a module imports into a file. */
declare module '*.css';
