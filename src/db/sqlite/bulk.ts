import type { ListBuilder } from './lists/list-builder.ts';
import type { SearchBuilder } from './search/search-builder.ts';

/** While an import counts the tasks that it adds for itself, what it counts them with; empty at any other time. */
export interface BulkCounting {
  lists?: ListBuilder;
  search?: SearchBuilder;
}
