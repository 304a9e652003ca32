import type { BulkSearchIndexer } from '../sqlite/search/bulk-indexer.ts';
import type { ListBuilder } from './list-builder.ts';

/** While an import counts the tasks that it adds for itself, what it counts them with; empty at any other time. */
export interface BulkCounting {
  lists?: ListBuilder;
  search?: BulkSearchIndexer;
}
