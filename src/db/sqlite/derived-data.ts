import type Database from 'better-sqlite3';
import { type Changes, groupByList } from '../model/changes.ts';
import { netCounters } from '../model/figures.ts';
import type { OpenOptions } from './connection.ts';
import { prepareFigureWriter } from './figures.ts';
import { prepareBlockWriter } from './lists/block-writer.ts';
import { prepareScopeVersions } from './scope-versions.ts';
import { prepareSearchWriter } from './search/search-writer.ts';
import { prepareServicesTaskIds } from './services-task-ids.ts';

/** Prepares a function that writes the derived data of a transaction, once, before its commit. */
export function prepareDerivedData(
  sqlite: Database.Database,
  { blockSize, countsFigures = true }: Pick<OpenOptions, 'blockSize' | 'countsFigures'>,
): (changes: Changes) => void {
  const writeBlocks = prepareBlockWriter(sqlite, blockSize);
  const writeSearch = prepareSearchWriter(sqlite);
  const writeFigures = prepareFigureWriter(sqlite);
  const versions = prepareScopeVersions(sqlite);
  const servicesIds = prepareServicesTaskIds(sqlite);
  return (changes) => {
    const { lists, search, figures, scopes, highestServicesId } = changes.take();
    for (const [list, keyChanges] of groupByList(lists)) writeBlocks(list, keyChanges);
    if (search.length > 0) writeSearch(search);
    if (countsFigures) writeFigures(netCounters(figures));
    if (highestServicesId > 0) servicesIds.store(highestServicesId);
    for (const scope of scopes) versions.replace(scope);
  };
}
