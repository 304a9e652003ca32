import { EXPORT_INDEXES, isExportIndex } from '../../exports/indexes.ts';

/** The indexes that can be exported, and whose columns rules can name. */
export const INDEX_NAMES = Object.keys(EXPORT_INDEXES).filter(isExportIndex);
