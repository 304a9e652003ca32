/** The tables of the search index. */
export const PROGRAMS = 'hdp_programs';
/** FTS5 table over the tails of uuids, with task ids as row ids. */
export const TRIGRAMS = 'hdp_uuid_trigrams';
/** Changes of tasks that no search block has counted yet. */
export const PENDING = 'pending_search_changes';
export const SEARCH_BLOCKS = 'hdp_search_blocks';
export const STATE = 'derived_state';
/** The rows of `STATE`: the highest task id in the trigram index, and the version of all search blocks together. */
export const INDEXED_UP_TO = 'uuids';
export const SEARCH_VERSION = 'search_version';

/** A random version. A counter would repeat versions after a rollback or a restore. */
export const RANDOM_VERSION = '(random() & 1125899906842623)';

/** The part of `uuid` that the trigram index covers: `indexedPart` of model/uuid-terms.ts in SQL. */
export const INDEXED_PART =
  "iif(length(uuid) = 26 AND uuid NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(uuid, 4), uuid)";
